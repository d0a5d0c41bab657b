# One configuration only, so that nothing is built twice.
SWIFT = swift
FLAGS = -c release $(NO_OVERLAYS)
# Debian's Swift has the module that joins Swift Testing to Foundation, but not its library: without this nothing that
# imports both would link. The tests need nothing of it.
NO_OVERLAYS = -Xswiftc -Xfrontend -Xswiftc -disable-cross-import-overlays
# `make demo` and `make test` build the same way: with tests or without, the flags are these.
BUILD = $(SWIFT) build $(FLAGS)
CONTINUO = .build/release/continuo

.PHONY: help build demo figures test lint format clean

help:
	@echo 'make build    continuo and continuod, into .build/release'
	@echo 'make demo     hear the instrument play, without any hardware: demo.mid, demo.svg, demo.wav'
	@echo 'make figures  how fast it replies and yields, over 20 rounds'
	@echo 'make test     build everything and run the tests'
	@echo 'make lint     style of the sources; make format mends it'
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

test:
	@scripts/install-dependencies build test
	$(BUILD) --build-tests
	$(SWIFT) test $(FLAGS) --skip-build

lint:
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

format:
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

clean:
	rm -rf .build demo.mid demo.svg demo.wav
