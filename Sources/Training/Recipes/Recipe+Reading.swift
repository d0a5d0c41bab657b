import Files
import Glibc
import TOML
import Text

/// A recipe from a file, `--data` and `--set`, and back as text.
extension Recipe {
    /// - Throws: `TrainingError.recipe`, saying which key is wrong and why; `FileError`.
    public init(path: String) throws {
        let bytes = try readFile(path, limit: 1 << 20)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw TrainingError.recipe(path: path, problem: "the file is not UTF-8 text")
        }
        try self.init(toml: text, path: path)
    }

    /// - Parameters:
    ///   - data: what `--data` gives, `FOLDER` or `NAME=FOLDER`.
    ///   - settings: what `--set` gives, `key=value`; they win over all else.
    public init(toml: String, path: String, data: [String] = [], settings: [String] = []) throws {
        func fault(_ problem: String) -> TrainingError { .recipe(path: path, problem: problem) }
        let document: TOMLDocument
        do { document = try TOMLDocument(Array(toml.utf8)) } catch {
            throw fault("line \(error.line): \(error.problem)")
        }
        for table in document.tables where !Self.isTable(table.name) {
            throw fault("line \(table.line): \(table.name) is no key of a recipe" + Self.hint(table.name, Self.tables))
        }
        for entry in document.entries {
            let name = entry.table.isEmpty ? entry.key : "\(entry.table).\(entry.key)"
            if let problem = set(name, { $0.store(&$1, entry.value) }, { $0.store(&$1, entry.value) }) {
                throw fault("line \(entry.line): \(name) \(problem)")
            }
        }
        for table in document.tables where table.name.hasPrefix("data.") {
            _ = dataSet(String(table.name.dropFirst(5)))
        }
        anchorPaths(in: path)
        try addData(data)
        for setting in settings { try apply(setting) }
        if let set = dataSets.first(where: { !Self.isName($0.name) }) {
            throw fault("data.\(set.name): the name of a data set is made of letters, digits, - and _")
        }
        if name.isEmpty { throw fault("name is missing") }
        if tokens < 0 { throw fault("training.tokens is missing") }
        if recallWidth * recallLength > 1 << 20 { throw fault("recall.width times recall.length exceeds 1048576") }
        if parts > streams { throw fault("training.parts exceeds training.streams") }
    }

    /// Applies `key=value`.
    mutating func apply(_ setting: String) throws(TrainingError) {
        let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            throw .setting("--set \(setting): write key=value, such as training.dropout=0.3")
        }
        if let problem = set(parts[0], { $0.store(&$1, text: parts[1]) }, { $0.store(&$1, text: parts[1]) }) {
            throw .setting("--set \(setting): \(parts[0]) \(problem)")
        }
    }

    /// - Returns: what is wrong.
    private mutating func set(
        _ name: String, _ store: (RecipeKey<Recipe>, inout Recipe) -> String?,
        _ storeInSet: (RecipeKey<DataSet>, inout DataSet) -> String?
    ) -> String? {
        if let key = Self.keys.first(where: { $0.name == name }) { return store(key, &self) }
        let words = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if words.count == 3, words[0] == "data" {
            guard let key = DataSet.keys.first(where: { $0.name == words[2] }) else {
                return "is no key of a data set" + Self.hint(words[2], DataSet.keys.map(\.name))
            }
            let index = dataSet(words[1])
            return storeInSet(key, &dataSets[index])
        }
        return "is no key of a recipe" + Self.hint(name, Self.keys.map(\.name))
    }

    /// The place of the data set, which is made if it is not there.
    private mutating func dataSet(_ name: String) -> Int {
        if let index = dataSets.firstIndex(where: { $0.name == name }) { return index }
        dataSets.append(DataSet(name: name))
        return dataSets.count - 1
    }

    /// A folder without a name takes the place of the recipe's data sets; one with a name is that set's, or one set more.
    private mutating func addData(_ data: [String]) throws(TrainingError) {
        let given = data.map { (text: $0, named: Self.namedFolder($0)) }
        if given.contains(where: { $0.named.name == nil }) { dataSets = [] }
        var folders: [String: String] = [:]
        for (text, named) in given {
            guard !named.folder.isEmpty else { throw .setting("--data \"\(text)\": a folder is missing") }
            guard let name = named.name else { continue }
            if let first = folders.updateValue(named.folder, forKey: name) {
                throw .setting(
                    "--data \(text): the data set \(name) is \(first) already, and is one folder; give this one another "
                        + "name, such as --data \(name)2=\(named.folder)")
            }
        }
        let free = (["own"] + (2...(data.count + 2)).map { "own\($0)" }).filter { folders[$0] == nil }
        var names = free.makeIterator()
        for (_, named) in given {
            guard let name = named.name ?? names.next() else { continue }
            dataSets[dataSet(name)].path = named.folder
        }
    }

    /// `NAME=FOLDER`, unless a folder of that whole name is there and none of what follows the sign.
    private static func namedFolder(_ text: String) -> (name: String?, folder: String) {
        guard let equals = text.firstIndex(of: "="), isName(text[..<equals]) else { return (nil, text) }
        let folder = String(text[text.index(after: equals)...])
        if access(folder.cPath, F_OK) != 0 && access(text.cPath, F_OK) == 0 { return (nil, text) }
        return (String(text[..<equals]), folder)
    }

    /// What a recipe says of places is meant from its own folder.
    private mutating func anchorPaths(in recipe: String) {
        guard let slash = recipe.lastIndex(of: "/") else { return }
        func anchor(_ path: inout String) {
            if !path.isEmpty && !path.hasPrefix("/") { path = recipe[...slash] + path }
        }
        for i in dataSets.indices {
            anchor(&dataSets[i].path)
            anchor(&dataSets[i].exclude)
        }
        if base.model.contains("/") { anchor(&base.model) }
    }

    private static func isName(_ text: some StringProtocol) -> Bool {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8
        return !text.isEmpty && text.utf8.allSatisfy(letters.contains)
    }

    private static var tables: [String] {
        Set(keys.compactMap { $0.name.split(separator: ".").dropLast().first.map(String.init) }).sorted() + [
            "data.NAME"
        ]
    }

    private static func isTable(_ name: String) -> Bool {
        tables.contains(name) || name == "data" || name.hasPrefix("data.") && name.split(separator: ".").count == 2
    }

    private static func hint(_ name: String, _ names: [String]) -> String {
        // Comparing takes time in proportion to its length, which may be that of the file.
        nearest(to: name, in: names).map { "; did you mean \($0)?" }
            ?? "; `continuo recipes` lists them"
    }

    /// A recipe file that says all values, those by default too.
    /// - Parameter places: whether it tells where music and base lie on this machine.
    package func text(places: Bool = true) -> String {
        var lines: [String] = []
        var table = ""
        func add<Owner>(_ keys: [RecipeKey<Owner>], _ owner: Owner, _ prefix: String) {
            for key in keys {
                let words = "\(prefix)\(key.name)".split(separator: ".")
                let place = words.dropLast().joined(separator: ".")
                if place != table { lines.append("[\(place)]") }
                table = place
                if places || !["model", "path", "exclude"].contains(words.last) {
                    lines.append("\(words.last!) = \(key.shown(owner))")
                }
            }
        }
        add(Self.keys.filter { base != Base() || !$0.name.hasPrefix("from.") }, self, "")
        for set in dataSets { add(DataSet.keys, set, "data.\(set.name).") }
        return lines.joined(separator: "\n") + "\n"
    }
}
