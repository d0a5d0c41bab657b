# One configuration only, so that nothing is built twice.
SWIFT = swift
FLAGS = -c release $(NO_OVERLAYS)
# Debian's Swift has the module that joins Swift Testing to Foundation, but not its library: without this nothing that
# imports both would link. The tests need nothing of it.
NO_OVERLAYS = -Xswiftc -Xfrontend -Xswiftc -disable-cross-import-overlays
# `make demo` and `make test` build the same way: with tests or without, the flags are these.
BUILD = $(SWIFT) build $(FLAGS)
CONTINUO = .build/release/continuo

.PHONY: help build demo figures test test-programs test-vm test-old-cpu test-realtime test-tsan test-endurance soak
.PHONY: bench-check bench-table disk-test kill-test test-pytorch test-abc test-panel fuzz lint format clean
.PHONY: release install install-programs install-units install-presets install-documents uninstall
.PHONY: check-units package package-test package-here test-vm-here

help:
	@echo 'make build    continuo and continuod, into .build/release'
	@echo 'make demo     hear the instrument play, without any hardware: demo.mid, demo.svg, demo.wav'
	@echo 'make figures  how fast it replies and yields, over 20 rounds'
	@echo 'make test     build everything and run the tests; FILTER=StageTests: only these'
	@echo 'make test-vm  the daemon on ALSA’s sequencer, then the packages on a Debian, in emulated machines (as root)'
	@echo 'make test-programs  100,000 random players against the invariants, some 20 minutes'
	@echo 'make test-abc  tunes in ABC: the notes of abc2midi in all tunes of the corpora, a minute'
	@echo 'make test-realtime  random players before a daemon under RealtimeSanitizer, a minute; test-tsan: ThreadSanitizer'
	@echo 'make test-pytorch  the trainer in PyTorch: parity with this one, its own trainings (wants Python with torch)'
	@echo 'make test-panel  the page in Chromium, while a player of code plays through JACK'
	@echo 'make soak     random players before the daemon: MINUTES=30'
	@echo 'make test-endurance  whether event 1,000,000 takes as many instructions as event 1,000'
	@echo 'make bench-check  instructions that a step, a draw, a cycle and a reply take, against Benchmarks/instructions.tsv'
	@echo 'make bench-table  record them there'
	@echo 'make test-old-cpu  kernels, networks and the daemon’s steps on an emulated processor of 2008'
	@echo 'make disk-test  what a full disk does (as root); make kill-test  what kill -9 does, a hundred times'
	@echo 'make fuzz     SECONDS=600: bytes that files and packets are not, to each of the readers'
	@echo 'make lint     style of the sources; make format mends it'
	@echo 'make release  programs that need no Swift where they run, manual pages, completions, into .build/static'
	@echo 'make install  these, presets and systemd units, into PREFIX=$(PREFIX); make uninstall removes them'
	@echo 'make package  Debian packages; make package-test tries them on a bare Debian (as root)'
	@echo 'make clean    remove what was built'

build:
	@scripts/install-dependencies build
	$(BUILD)

demo:
	@scripts/install-dependencies build demo
	$(BUILD)
	$(CONTINUO) demo

figures:
	@scripts/install-dependencies build demo
	$(BUILD)
	$(CONTINUO) demo --repeat 20

# A regular expression on Target.Suite/test; none: all.
FILTER =
test:
	@scripts/install-dependencies build test
	$(BUILD) --build-tests
	$(SWIFT) test $(FLAGS) --skip-build $(if $(FILTER),--filter '$(FILTER)')

# Random players, cycles and commands, whose output must keep every invariant; `make test` runs 10,000 of them.
PROGRAMS = 100000
test-programs:
	@scripts/install-dependencies build test
	$(BUILD) --build-tests
	CONTINUO_PROGRAMS=$(PROGRAMS) $(SWIFT) test $(FLAGS) --skip-build --filter RandomProgramTests

# On ALSA's sequencer, which containers lack: in QEMU, with Debian's kernel. Then the packages on a whole Debian there.
# Both where Debian's own Swift is, which the packages need: the whole target moves there.
test-vm:
	@scripts/with-debian-swift $@ '$(PACKAGES)'

test-vm-here: package-here
	@scripts/install-dependencies vm
	$(BUILD) --product continuod
	$(BUILD) --product continuo
	$(BUILD) --product continuo-live
	Tests/VM/run
	Tests/VM/run-system $(PACKAGES)

# The daemon is built once more, with the sanitizer; whatever this reports fails.
MINUTES = 1
test-realtime: SANITIZER = realtime
test-tsan: SANITIZER = thread
test-realtime test-tsan:
	@scripts/install-dependencies build test
	$(BUILD) --product continuo
	$(BUILD) --product continuo-live
	SWIFT='$(SWIFT)' FLAGS='$(FLAGS)' scripts/test-sanitizer $(SANITIZER) $(MINUTES)

# Some minutes; each instruction that is counted is a trap.
test-endurance:
	@scripts/install-dependencies build
	$(BUILD) --product continuo
	$(CONTINUO) bench endurance --counted 12

# Half a minute; under valgrind. docs/measure.md tells what the table has.
bench-table: RECORD = --record
bench-check bench-table:
	@scripts/install-dependencies build count
	$(BUILD) --product continuo
	$(CONTINUO) bench instructions --table Benchmarks/instructions.tsv --compiler "$$($(SWIFT) --version 2>/dev/null)" $(RECORD)

soak: MINUTES = 30
soak:
	@scripts/install-dependencies build test
	$(BUILD)
	$(CONTINUO) bench soak --minutes $(MINUTES)

# What must run on any x86-64-v2, in qemu-user, some 3 minutes.
test-old-cpu:
	@scripts/install-dependencies build old-cpu
	$(BUILD) --build-tests
	scripts/test-old-cpu

# A small tmpfs that is full (as root).
disk-test: build
	Tests/Disk/run

# Trainings and installations killed a hundred times each, not eight.
kill-test:
	@scripts/install-dependencies build test
	$(BUILD) --build-tests
	CONTINUO_KILLS=100 $(SWIFT) test $(FLAGS) --skip-build --filter 'KillTests'

# Every tune of the corpora against abc2midi; docs/abc.md has the result.
test-abc:
	@scripts/install-dependencies build test
	@test -d "$${CONTINUO_DATA:-../shared/data}/abc" || \
		{ echo "test-abc: no folder $${CONTINUO_DATA:-../shared/data}/abc; set CONTINUO_DATA to the folder that holds abc" >&2; exit 1; }
	$(BUILD) --build-tests
	CONTINUO_ABC2MIDI=abc2midi $(SWIFT) test $(FLAGS) --skip-build --filter ABCOracleTests

# PyTorch is no part of what `make` installs: 200 MB for one package of scripts.
PYTHON = python3
test-pytorch: build
	cd interop/pytorch && CONTINUO=$(CURDIR)/$(CONTINUO) $(PYTHON) -m unittest discover -s tests

# The page in a real browser, before a daemon on a real JACK server. PICTURES=docs: also the pictures of the documentation.
PICTURES =
test-panel:
	@scripts/install-dependencies build test
	@if scripts/install-dependencies browser; then \
	    $(BUILD) --build-tests && \
	    CONTINUO_BROWSER=chromium CONTINUO_PICTURES='$(PICTURES)' \
	        $(SWIFT) test $(FLAGS) --skip-build --filter BrowserTests; \
	else \
	    echo 'test-panel: skipped, since Chromium cannot be had here' >&2; \
	fi

# Each of the readers for so long; they are built apart.
SECONDS = 60
fuzz:
	@scripts/install-dependencies build
	SWIFT='$(SWIFT)' FLAGS='$(NO_OVERLAYS)' scripts/fuzz $(SECONDS)

lint:
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

format:
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

clean:
	rm -rf .build demo.mid demo.svg demo.wav

# What is installed is built apart, with the Swift runtime linked in: docs/packages.md says why.
STATIC = .build/static
RELEASE = $(STATIC)/release
# Bound at the start, so that no function of a library is looked up for the first time in front of the player.
BOUND = -Xlinker -z -Xlinker now
STATIC_BUILD = $(SWIFT) build -c release --static-swift-stdlib $(BOUND) --scratch-path $(STATIC) --product
PROGRAMS = continuo continuod
# Beside them, for continuo alone, whose page tells of both.
HELPERS = continuo-live
MANUALS = continuo.1 continuod.1 continuo-preset.5 continuo-osc.7
SHELLS = bash zsh
BUILT_PROGRAMS = $(addprefix $(RELEASE)/,$(PROGRAMS) $(HELPERS))
BUILT_MANUALS = $(addprefix $(STATIC)/man/,$(MANUALS))
BUILT_COMPLETIONS = $(foreach shell,$(SHELLS),$(addprefix $(STATIC)/$(shell)/,$(PROGRAMS)))

release: $(BUILT_PROGRAMS) $(BUILT_MANUALS) $(BUILT_COMPLETIONS)

$(BUILT_PROGRAMS) &: Package.swift $(shell find Sources -type f)
	@scripts/install-dependencies build
	$(STATIC_BUILD) continuo
	$(STATIC_BUILD) continuo-live
	$(STATIC_BUILD) continuod
	touch $(BUILT_PROGRAMS)

# Manual pages and completions come from the programs themselves, and so are never out of date.
$(RELEASE)/generate-manual: Package.swift | $(BUILT_PROGRAMS)
	$(STATIC_BUILD) generate-manual
	touch $@

$(STATIC)/man/%.1: $(RELEASE)/% $(RELEASE)/generate-manual scripts/manual man/program.1.in
	@mkdir -p $(@D)
	scripts/manual $(RELEASE) $* > $@

$(STATIC)/man/%: man/%.in $(BUILT_PROGRAMS) scripts/manual
	@mkdir -p $(@D)
	scripts/manual $(RELEASE) $< > $@

define COMPLETION
$(STATIC)/$(1)/%: $(RELEASE)/%
	@mkdir -p $$(@D)
	$$< --generate-completion-script $(1) | sed '1{/^#!/d}' > $$@
endef
$(foreach shell,$(SHELLS),$(eval $(call COMPLETION,$(shell))))

PREFIX = /usr/local
DESTDIR =
BINDIR = $(PREFIX)/bin
DATADIR = $(PREFIX)/share
BASHDIR = $(DATADIR)/bash-completion/completions
ZSHDIR = $(DATADIR)/zsh/site-functions
# Both are found by systemd for any PREFIX that it knows; in the home folder (~/.local) the user's are.
USERUNITDIR = $(DATADIR)/systemd/user
SYSTEMUNITDIR = $(PREFIX)/lib/systemd/system
PRESETS = $(notdir $(patsubst %/preset.toml,%,$(wildcard presets/*/preset.toml)))
# What `continuo demo` and `continuo train` find by these names.
SHIPPED = $(wildcard demo/*.mid recipes/*)
# As they lie here, so that their links to each other work.
DOCUMENTS = README.md ARCHITECTURE.md CONTRIBUTING.md SECURITY.md NEWS LICENSE Tests/README.md \
    $(wildcard docs/*.* docs/decisions/* interop/*/README.md seeds/*)
STRIP = -s
INSTALL = install -D -m 644

install: install-programs install-presets install-units install-documents

install-documents:
	for file in $(DOCUMENTS); do $(INSTALL) $$file '$(DESTDIR)$(DATADIR)/doc/continuo/'$$file || exit; done

install-programs: release
	for name in $(PROGRAMS); do \
	    install -D -m 755 $(STRIP) $(RELEASE)/$$name '$(DESTDIR)$(BINDIR)/'$$name && \
	    $(INSTALL) $(STATIC)/bash/$$name '$(DESTDIR)$(BASHDIR)/'$$name && \
	    $(INSTALL) $(STATIC)/zsh/$$name '$(DESTDIR)$(ZSHDIR)/_'$$name || exit; \
	done
	for page in $(MANUALS); do \
	    $(INSTALL) $(STATIC)/man/$$page '$(DESTDIR)$(DATADIR)/man/man'$${page##*.}/$$page || exit; \
	done
	for name in $(HELPERS); do \
	    install -D -m 755 $(STRIP) $(RELEASE)/$$name '$(DESTDIR)$(BINDIR)/'$$name && \
	    ln -sf continuo.1 '$(DESTDIR)$(DATADIR)/man/man1/'$$name.1 || exit; \
	done
	for file in $(SHIPPED); do $(INSTALL) $$file '$(DESTDIR)$(DATADIR)/continuo/'$$file || exit; done

install-presets:
	for name in $(PRESETS); do \
	    $(INSTALL) -t '$(DESTDIR)$(DATADIR)/continuo/presets/'$$name presets/$$name/* || exit; \
	done

# The same lines enclose all of them.
install-units:
	for unit in user/continuo user/continuo-panel user/continuo-synth \
	    system/continuo system/continuo-jack system/continuo-panel system/continuo-synth; do \
	    case $$unit in user/*) folder='$(USERUNITDIR)' ;; *) folder='$(SYSTEMUNITDIR)' ;; esac && \
	    mkdir -p '$(DESTDIR)'"$$folder" && \
	    sed -e '/^# sandbox$$/{r systemd/sandbox' -e 'd}' -e 's|/usr/local/bin|$(BINDIR)|' systemd/$$unit.service \
	        > '$(DESTDIR)'"$$folder/$$(basename $$unit.service)" || exit; \
	done

# What people have put into these folders themselves stays.
uninstall:
	for file in $(SHIPPED); do rm -f '$(DESTDIR)$(DATADIR)/continuo/'$$file; done
	for name in $(PROGRAMS); do \
	    rm -f '$(DESTDIR)$(BINDIR)/'$$name '$(DESTDIR)$(BASHDIR)/'$$name '$(DESTDIR)$(ZSHDIR)/_'$$name; \
	done
	for name in $(HELPERS); do rm -f '$(DESTDIR)$(BINDIR)/'$$name '$(DESTDIR)$(DATADIR)/man/man1/'$$name.1; done
	for page in $(MANUALS); do rm -f '$(DESTDIR)$(DATADIR)/man/man'$${page##*.}/$$page; done
	rm -f $(foreach unit,continuo continuo-panel continuo-synth,'$(DESTDIR)$(USERUNITDIR)/$(unit).service')
	rm -f $(foreach unit,continuo continuo-jack continuo-panel continuo-synth,'$(DESTDIR)$(SYSTEMUNITDIR)/$(unit).service')
	for name in $(PRESETS); do \
	    folder='$(DESTDIR)$(DATADIR)/continuo/presets/'$$name; \
	    for file in presets/$$name/*; do rm -f "$$folder/$$(basename $$file)"; done; \
	    rmdir --ignore-fail-on-non-empty "$$folder" 2>/dev/null || true; \
	done
	rm -f $(foreach file,$(DOCUMENTS),'$(DESTDIR)$(DATADIR)/doc/continuo/$(file)')
	for folder in $(addprefix doc/continuo/,docs/decisions docs Tests interop/mido interop/pytorch interop seeds) \
	    continuo/presets continuo/recipes continuo/demo continuo doc/continuo; do \
	    rmdir --ignore-fail-on-non-empty '$(DESTDIR)$(DATADIR)/'$$folder 2>/dev/null || true; \
	done

check-units:
	@scripts/install-dependencies units
	scripts/check-units

# Debian's own build machines have no network: what the build needs beside Debian packages is brought before.
PACKAGES = .build/packages
package:
	@scripts/with-debian-swift $@ '$(PACKAGES)'

package-here:
	@scripts/install-dependencies build package
	$(SWIFT) package --scratch-path $(STATIC) resolve
	scripts/build-packages $(PACKAGES)

package-test:
	scripts/test-packages
