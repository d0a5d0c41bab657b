import Duet
import Foundation
import Processes
import TestSupport
import Testing

/// What the pages of documentation name exists: links, files, tests and targets of make.
@Suite struct DocumentTests {
    /// The relative links of a page outside of code: path in the repository ("" for the page itself) and anchor.
    private func links(_ page: String) throws -> [(path: String, anchor: String)] {
        let folder = page.split(separator: "/").dropLast().map(String.init)
        let prose = try Pages.text(page).split(separator: "\n").filter { !$0.hasPrefix("    ") }.joined(separator: "\n")
        return prose.matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }.filter { !$0.contains(":") }.map { link in
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            var path = folder
            for name in parts[0].split(separator: "/") {
                if name == ".." { path = Array(path.dropLast()) } else { path.append(String(name)) }
            }
            return (parts[0].isEmpty ? page : path.joined(separator: "/"), parts.count > 1 ? parts[1] : "")
        }
    }

    /// The anchors of a page's headings.
    private func anchors(_ page: String) throws -> Set<String> {
        let headings = try Pages.text(page).split(separator: "\n").filter { $0.hasPrefix("#") }
        return Set(
            headings.map { heading in
                let words = heading.drop { $0 == "#" || $0 == " " }.lowercased()
                return words.filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.replacing(" ", with: "-")
            })
    }

    @Test func linksResolve() throws {
        #expect(Pages.all.count > 30)
        for page in Pages.all {
            for (path, anchor) in try links(page) {
                guard Pages.exists(path) else {
                    Issue.record("\(page) links to \(path)")
                    continue
                }
                if !anchor.isEmpty { #expect(try anchors(path).contains(anchor), "\(page) links to \(path)#\(anchor)") }
            }
        }
    }

    /// Beside programs that are installed, too.
    @Test func linksResolveWhereThePagesAreInstalled() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        let make = try ChildProcess([
            "make", "-C", Repository.path, "install-documents", "DESTDIR=\(folder)", "PREFIX=/usr",
        ])
        try #require(make.hasEnded(within: 60) == .exited(0), "\(make.said)")
        func isInstalled(_ path: String) -> Bool {
            FileManager.default.fileExists(atPath: folder + "/usr/share/doc/continuo/" + path)
        }
        let pages = Pages.all.filter(isInstalled)
        #expect(pages.count > 30)
        for page in pages {
            for (path, _) in try links(page) { #expect(isInstalled(path), "\(page) links to \(path)") }
        }
    }

    /// By links from README.md, as a reader goes.
    @Test func everyPageIsFound() throws {
        var found: Set = ["README.md"]
        var waiting = ["README.md"]
        while let page = waiting.popLast() {
            for (path, _) in try links(page) where path.hasSuffix(".md") && found.insert(path).inserted {
                waiting.append(path)
            }
        }
        let lost = Pages.all.filter { !$0.hasPrefix("presets/") && !found.contains($0) }
        #expect(lost.isEmpty, "no page links to these")
    }

    /// `Sources/Room/File.swift`, `scripts/name`, `Sources/Room/Prefix*`, and `File.swift` alone.
    @Test func filesThatAreNamedExist() throws {
        let paths = files("Sources") + files("Tests")
        let names = Set(paths.flatMap { $0.split(separator: "/").map(String.init) }).union(["Package.swift"])
        let path = #/`((?:Sources|Tests|docs|scripts|interop|systemd|man|debian|recipes|demo)/[\w.+/*-]*)`/#
        for page in Pages.all {
            let text = try Pages.text(page)
            for match in text.matches(of: path) {
                let name = String(match.1)
                let prefix = name.prefix { $0 != "*" }
                let folder = prefix.split(separator: "/").dropLast().joined(separator: "/")
                let isThere = name == prefix ? Pages.exists(name) : files(folder).contains { $0.hasPrefix(prefix) }
                #expect(isThere, "\(page) names \(name)")
            }
            for match in text.matches(of: /`([\w+]+\.swift)`/) {
                let isThere = names.contains(String(match.1))
                #expect(isThere, "\(page) names \(match.1)")
            }
        }
    }

    @Test func targetsOfMakeThatAreNamedExist() throws {
        let makefile = try Pages.text("Makefile")
        let targets = Set(makefile.matches(of: /(?m)^\.PHONY: (.*)$/).flatMap { $0.1.split(separator: " ") })
        for page in Pages.all {
            for match in try Pages.text(page).matches(of: /(?m)(?:`|^ {4}(?:sudo )?)make ([a-z][\w-]*)/) {
                let isThere = targets.contains(match.1)
                #expect(isThere, "\(page) names make \(match.1)")
            }
        }
    }

    /// The second cell of each row of docs/invariants.md: `Suite`, `Suite/test`, `Folder/Suite`, or a file.
    @Test func testsOfInvariantsExist() throws {
        let sources = files("Tests").filter { $0.hasSuffix(".swift") }
        var names = Set(files("Tests").flatMap { $0.split(separator: "/").map(String.init) })
        for source in sources {
            let declared = try Pages.text(source).matches(of: /(?:func|struct|class|enum|extension) (\w+)/)
            names.formUnion(declared.map { String($0.1) })
        }
        var seen = 0
        for row in try Pages.text("docs/invariants.md").split(separator: "\n") where row.hasPrefix("| ") {
            let cells = row.split(separator: "|")
            guard cells.count >= 2 else { continue }
            for match in cells[1].matches(of: /`([\w\/.-]+)`/) where !Pages.exists(String(match.1)) {
                let isThere = match.1.split(separator: "/").allSatisfy { names.contains(String($0)) }
                #expect(isThere, "there is no test \(match.1)")
                seen += 1
            }
        }
        #expect(seen > 50)
    }

    @Test func theFirstPagesStayShort() throws {
        for page in ["README.md", "ARCHITECTURE.md"] {
            let lines = try Pages.text(page).split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 155, "\(page)")
            for line in lines { #expect(line.count <= 120, "\(page): \(line)") }
        }
        for section in try Pages.text("NEWS").components(separatedBy: "\nContinuo ") {
            #expect(section.split(separator: "\n").count <= 18, "NEWS: \(section.prefix(20))")
        }
    }

    /// Programs, packages and NEWS have one version.
    @Test func theVersionIsOneEverywhere() throws {
        let news = try #require(Pages.text("NEWS").firstMatch(of: #/^Continuo (\d+\.\d+\.\d+), /#)).1
        for (file, version) in [
            ("Sources/Instrument/Version.swift", #/continuoVersion = "([^"]+)"/#),
            ("interop/pytorch/pyproject.toml", #/(?m)^version = "([^"]+)"/#),
            ("debian/changelog", #/^[\w-]+ \(([^)]+)\)/#), ("presets/debian/changelog", #/^[\w-]+ \(([^)]+)\)/#),
        ] {
            #expect(try Pages.text(file).firstMatch(of: version)?.1 == news, "\(file)")
        }
    }

    /// Paths of all files below a folder of the repository.
    private func files(_ folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: Repository.path(folder))?.allObjects
        return (names ?? []).compactMap { $0 as? String }.map { folder + "/" + $0 }
    }
}
