import Foundation
import Network
import TestSupport
import Testing
import Training

@Suite struct InspectionTests {
    private func encoded(_ inspection: Inspection) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: JSONEncoder().encode(inspection)) as? [String: Any])
    }

    @Test func aModelFileSaysWhatItHolds() throws {
        let folder = try TemporaryFolder()
        let weights = Weights.initial(performanceLayout(), seed: 3, embeddingDeviation: 0.5)
        let path = folder.path + "/model.safetensors"
        try Model.save(weights, notes: ["licence": "CC0\u{1B}[31m", "recipe": "a\nb"], to: path)
        // A folder gives the model in it.
        for place in [path, folder.path] {
            let inspection = try Inspection(path: place)
            #expect(inspection.parameters == weights.layout.count)
            #expect(inspection.tensors.map(\.name) == weights.layout.all.map(\.name))
            #expect(inspection.tensors.map(\.shape) == weights.layout.all.map(\.shape))
            #expect(inspection.tensors.allSatisfy { $0.type == "F16" && $0.bytes == 2 * $0.parameters })
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(inspection.fileBytes == size)
            let lines = inspection.table.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            #expect(lines.contains("lstm.weight_ih_l1 [128, 32] F16 4096 8192"))
            #expect(lines.contains("total \(weights.layout.count) \(2 * weights.layout.count)"))
            #expect(lines.contains("fields shift 101, key 257, velocity 32"))
            #expect(lines.contains("licence CC0?[31m"), "what could upset a terminal is not shown")
            let json = try encoded(inspection)
            #expect(json["parameters"] as? Int == weights.layout.count)
            #expect((json["metadata"] as? [String: String])?["recipe"] == "a\nb")
            #expect((json["tensors"] as? [[String: Any]])?.count == weights.layout.all.count)
        }
        try Model.save(weights, precision: .single, to: path)
        #expect(try Inspection(path: path).tensors.allSatisfy { $0.type == "F32" && $0.bytes == 4 * $0.parameters })
    }

    @Test func aRecipeSaysWhatItsNetworkWouldBe() throws {
        let folder = try TemporaryFolder()
        let recipe = try folder.write(tinyRecipe, "tiny.toml")
        let inspection = try Inspection(path: recipe)
        #expect(inspection.parameters == performanceLayout().count)
        #expect(inspection.configuration == performanceLayout().configuration)
        #expect(inspection.bytes == 2 * inspection.parameters && inspection.fileBytes == nil)
        #expect(try encoded(inspection)["file_bytes"] == nil)
        #expect(inspection.table.contains("embedding 16, 2 LSTM layers of 32, heads"))
        let flat = try folder.write(tinyRecipe.replacingOccurrences(of: "layers = 2", with: "layers = 1"), "flat.toml")
        #expect(try Inspection(path: flat).table.contains("embedding 16, 1 LSTM layer of 32, heads"))
    }

    @Test func whatIsNoModelIsRefused() throws {
        let folder = try TemporaryFolder()
        let text = try folder.write("no model", "model.safetensors")
        #expect(throws: ModelFileError.self) { try Inspection(path: text) }
        #expect(throws: TrainingError.self) { try Inspection(path: folder.path + "/lost") }
        let recipe = try folder.write("name = 3", "r.toml")
        #expect(throws: TrainingError.self) { try Inspection(path: recipe) }
    }
}
