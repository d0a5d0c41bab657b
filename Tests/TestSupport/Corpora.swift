/// The music data beside the repository, or in `CONTINUO_DATA`; tests that need it are skipped where it is absent.
import Glibc

public enum Corpora {
    public static let folder = getenv("CONTINUO_DATA").map { String(cString: $0) } ?? Repository.path("../shared/data")

    public static var present: Bool { access(folder + "/maestro", R_OK) == 0 }

    /// Lines of `Tests/ScoreTests/Fixtures/corpora.txt`, which ScoreTests compare: a path in `folder`, and figures.
    public static let listed: [[String]] =
        ((try? Repository.text("Tests/ScoreTests/Fixtures/corpora.txt")) ?? "").split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
}
