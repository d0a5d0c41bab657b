import Network
import Representation

/// What networks and recipes name, as a type to open: `func run<R: Representation>(_: R.Type)` takes it.
extension Configuration {
    /// The representation of a network.
    package var spoken: any Representation.Type {
        get throws(TrainingError) {
            let type = try known(representation)
            guard fields == type.networkFields else {
                throw .representation("\(representation) with the fields \(fields)")
            }
            return type
        }
    }
}

extension Recipe {
    var spoken: any Representation.Type { get throws(TrainingError) { try known(representation) } }
}

extension Representation {
    /// The fields as a network has them.
    static var networkFields: [Field] { fields.map { Field($0.name, classes: $0.classes) } }
}

private func known(_ name: String) throws(TrainingError) -> any Representation.Type {
    guard let type = Representations.named(name) else { throw .representation(name) }
    return type
}
