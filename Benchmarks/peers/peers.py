"""One step of a network, batch 1 and one thread, in ONNX Runtime, oneDNN and PyTorch, beside Continuo's, on the same
weights.

    python peers.py CONTINUO ONEDNN ROUNDS

CONTINUO is the program, ONEDNN the library made of onednn.cpp. The program writes the networks S1 to S3 (`continuo bench
step --export`); every engine then takes turns with it, and each is told by the median over all rounds. A step takes an
event's number and the state, and gives the logits and the new state. What a call from Python costs is measured too, and
taken off the times of ONNX Runtime and oneDNN. Every engine's logits are checked against double precision first.
"""

import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

STEPS, WARM = 300, 50


def layers(w):
    return sum(name.startswith("lstm.weight_hh_l") for name in w)


def exact(w, tokens):
    """Logits after each token, in double precision."""
    w = {name: value.astype(np.float64) for name, value in w.items()}
    hidden = w["lstm.weight_hh_l0"].shape[1]
    h = [np.zeros(hidden) for _ in range(layers(w))]
    c = [np.zeros(hidden) for _ in h]
    result = []
    for token in tokens:
        x = w["embeddings.0.weight"][token]
        for l in range(len(h)):
            gates = sum(w[f"lstm.{m}_l{l}"] @ v for m, v in (("weight_ih", x), ("weight_hh", h[l])))
            i, f, g, o = np.split(gates + w[f"lstm.bias_ih_l{l}"] + w[f"lstm.bias_hh_l{l}"], 4)
            sigmoid = lambda v: 1 / (1 + np.exp(-v))
            c[l] = sigmoid(f) * c[l] + sigmoid(i) * np.tanh(g)
            x = h[l] = sigmoid(o) * np.tanh(c[l])
        result.append(w["heads.0.C.weight"] @ x + w["heads.0.C.bias"])
    return np.array(result)


class Torch:
    name = "PyTorch fp32"

    def __init__(self, w):
        hidden = w["lstm.weight_hh_l0"].shape[1]
        self.embedding = torch.nn.Embedding(*w["embeddings.0.weight"].shape)
        self.lstm = torch.nn.LSTM(w["embeddings.0.weight"].shape[1], hidden, layers(w))
        self.head = torch.nn.Linear(hidden, w["heads.0.C.weight"].shape[0])
        self.embedding.load_state_dict({"weight": torch.tensor(w["embeddings.0.weight"])})
        self.lstm.load_state_dict({k[5:]: torch.tensor(v) for k, v in w.items() if k.startswith("lstm.")})
        self.head.load_state_dict({k[10:]: torch.tensor(v) for k, v in w.items() if k.startswith("heads.0.C.")})
        self.reset()

    def reset(self):
        zeros = torch.zeros(self.lstm.num_layers, 1, self.lstm.hidden_size)
        self.state = (zeros, zeros.clone())

    @torch.inference_mode()
    def step(self, token):
        x, self.state = self.lstm(self.embedding(torch.tensor([[token]])), self.state)
        return self.head(x)[0, 0].numpy()


class TorchInt8(Torch):
    """Dynamic quantisation, through FBGEMM or oneDNN."""

    name = "PyTorch int8"

    def __init__(self, w):
        super().__init__(w)
        quantize = torch.ao.quantization.quantize_dynamic
        self.reset()
        self.lstm = quantize(torch.nn.Sequential(self.lstm), {torch.nn.LSTM}, dtype=torch.qint8)[0]
        self.head = quantize(torch.nn.Sequential(self.head), {torch.nn.Linear}, dtype=torch.qint8)[0]


class ONNX:
    name = "ONNX Runtime fp32"

    def __init__(self, w):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/model.onnx"
            onnx.save(self.graph(w), path)
            self.session = onnxruntime.InferenceSession(self.prepared(path), self.options(), ["CPUExecutionProvider"])
        self.shape = (1, 1, w["lstm.weight_hh_l0"].shape[1])
        self.layers, self.classes = layers(w), len(w["heads.0.C.bias"])
        self.reset()

    def prepared(self, path):
        return path

    @staticmethod
    def options():
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        return options

    @staticmethod
    def graph(w):
        def gates(name):  # i, f, g, o as ONNX orders them: i, o, f, c
            i, f, g, o = np.split(w[name], 4)
            return np.concatenate([i, o, f, g])

        hidden, count = w["lstm.weight_hh_l0"].shape[1], layers(w)
        constants, nodes = {"E": w["embeddings.0.weight"]}, []
        nodes.append(helper.make_node("Gather", ["E", "token"], ["x0"]))
        for l in range(count):
            constants[f"W{l}"] = gates(f"lstm.weight_ih_l{l}")[None]
            constants[f"R{l}"] = gates(f"lstm.weight_hh_l{l}")[None]
            constants[f"B{l}"] = np.concatenate([gates(f"lstm.bias_ih_l{l}"), gates(f"lstm.bias_hh_l{l}")])[None]
            inputs = [f"x{l}", f"W{l}", f"R{l}", f"B{l}", "", f"h{l}", f"c{l}"]
            nodes.append(helper.make_node("LSTM", inputs, [f"y{l}", f"H{l}", f"C{l}"], hidden_size=hidden))
            nodes.append(helper.make_node("Squeeze", [f"y{l}", "axis"], [f"x{l + 1}"]))
        constants["axis"] = np.array([1], np.int64)
        constants["C"], constants["b"] = w["heads.0.C.weight"].T.copy(), w["heads.0.C.bias"]
        nodes.append(helper.make_node("MatMul", [f"x{count}", "C"], ["z"]))
        nodes.append(helper.make_node("Add", ["z", "b"], ["logits"]))
        value = helper.make_tensor_value_info
        state = lambda letter: [value(f"{letter}{l}", TensorProto.FLOAT, [1, 1, hidden]) for l in range(count)]
        graph = helper.make_graph(
            nodes,
            "step",
            [value("token", TensorProto.INT64, [1, 1])] + state("h") + state("c"),
            [value("logits", TensorProto.FLOAT, [1, 1, len(constants["b"])])] + state("H") + state("C"),
            [numpy_helper.from_array(np.ascontiguousarray(v), k) for k, v in constants.items()],
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)

    def reset(self):
        """Two states, each the other's next, bound once: a step is one call into the engine, as from C."""
        value = onnxruntime.OrtValue.ortvalue_from_numpy
        names = [f"{letter}{l}" for letter in "hc" for l in range(self.layers)]
        states = [{name: value(np.zeros(self.shape, np.float32)) for name in names} for _ in range(2)]
        self.token = np.zeros((1, 1), np.int64)
        self.logits = np.zeros((1, 1, self.classes), np.float32)
        self.turn, self.bindings = 0, []
        for now, then in (states, states[::-1]):
            binding = self.session.io_binding()
            binding.bind_ortvalue_input("token", value(self.token))
            binding.bind_ortvalue_output("logits", value(self.logits))
            for name in names:
                binding.bind_ortvalue_input(name, now[name])
                binding.bind_ortvalue_output(name.upper(), then[name])
            self.bindings.append(binding)

    def step(self, token):
        self.token[0, 0] = token
        self.session.run_with_iobinding(self.bindings[self.turn])
        self.turn ^= 1
        return self.logits[0, 0]

    def nothing(self):
        """A step of a graph that copies its one number."""
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            [helper.make_node("Identity", ["token"], ["same"])],
            "nothing",
            [value("token", TensorProto.INT64, [1, 1])],
            [value("same", TensorProto.INT64, [1, 1])],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        session = onnxruntime.InferenceSession(model.SerializeToString(), self.options(), ["CPUExecutionProvider"])
        binding = session.io_binding()
        binding.bind_ortvalue_input("token", onnxruntime.OrtValue.ortvalue_from_numpy(self.token))
        binding.bind_ortvalue_output("same", onnxruntime.OrtValue.ortvalue_from_numpy(self.token.copy()))

        def step(token):
            self.token[0, 0] = token
            session.run_with_iobinding(binding)
            self.turn ^= 1
            return self.logits[0, 0]

        return step


class ONNXInt8(ONNX):
    name = "ONNX Runtime int8"

    def prepared(self, path):
        quantize_dynamic(path, path + ".int8", op_types_to_quantize=["LSTM", "MatMul"], weight_type=QuantType.QInt8, per_channel=True)
        return path + ".int8"


class OneDNN:
    name = "oneDNN fp32"
    int8 = False
    library = None

    def __init__(self, w):
        def floats(array):
            array = np.ascontiguousarray(array, np.float32)
            self.arrays.append(array)
            return array.ctypes.data_as(ctypes.POINTER(ctypes.c_float))

        self.arrays, gates = [], []
        for l in range(layers(w)):
            bias = w[f"lstm.bias_ih_l{l}"] + w[f"lstm.bias_hh_l{l}"]
            gates += [floats(w[f"lstm.weight_ih_l{l}"].T), floats(w[f"lstm.weight_hh_l{l}"].T), floats(bias)]
        head, table = w["heads.0.C.weight"], w["embeddings.0.weight"]
        self.network = self.library.create(
            int(self.int8), layers(w), table.shape[1], head.shape[1], len(head), floats(table),
            (ctypes.POINTER(ctypes.c_float) * len(gates))(*gates), floats(head.T), floats(w["heads.0.C.bias"]),
        )  # fmt: skip
        assert self.network, "oneDNN lacks a kernel"
        self.classes = len(head)

    @classmethod
    def load(cls, path):
        # Deep bound: PyTorch has a oneDNN of its own inside.
        cls.library = ctypes.CDLL(path, mode=os.RTLD_NOW | os.RTLD_DEEPBIND)
        cls.library.create.restype = ctypes.c_void_p
        for function in (cls.library.step, cls.library.nothing):
            function.argtypes = [ctypes.c_void_p, ctypes.c_int64]
            function.restype = ctypes.POINTER(ctypes.c_float)
        cls.library.version.restype = ctypes.POINTER(ctypes.c_int)
        return ".".join(str(n) for n in cls.library.version()[:3])

    def step(self, token):
        return self.library.step(self.network, token)

    def nothing(self):
        return lambda token: self.library.nothing(self.network, token)


class OneDNNInt8(OneDNN):
    name = "oneDNN int8"
    int8 = True


def timed(step, tokens):
    times = []
    for token in tokens:
        start = time.perf_counter_ns()
        step(token)
        times.append((time.perf_counter_ns() - start) / 1000)
    return times[WARM:]


def logits(engine, token):
    answer = engine.step(token)
    return np.array(answer[: engine.classes] if isinstance(engine, OneDNN) else answer)


def ours(program, name):
    said = subprocess.run(
        [program, "bench", "step", "--only", name, "--rounds", "2", "--json"], check=True, capture_output=True, text=True
    )
    return json.loads(said.stdout)["networks"]


def main(program, onednn, rounds):
    torch.set_num_threads(1)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"PyTorch {torch.__version__}, ONNX Runtime {onnxruntime.__version__}, oneDNN {OneDNN.load(onednn)}")
    print(f"microseconds a step, medians of {rounds} rounds")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "bench", "step", "--only", "S1,S2,S3", "--export", folder], check=True)
        for name in ("S1", "S2", "S3"):
            w = load_file(f"{folder}/{name}.safetensors")
            tokens = np.random.default_rng(1).integers(0, len(w["heads.0.C.bias"]), STEPS + WARM).tolist()
            expected = exact(w, tokens[:20])
            engines = []
            for kind in (Torch, TorchInt8, ONNX, ONNXInt8, OneDNN, OneDNNInt8):
                try:
                    engine = kind(w)
                    error = max(np.abs(logits(engine, t) - e).max() for t, e in zip(tokens, expected))
                except Exception as reason:  # an engine that lacks a kernel is no peer
                    print(f"{name}: {kind.name} does not run: {str(reason).splitlines()[0][:90]}")
                    continue
                assert error < (0.05 if "int8" in kind.name else 1e-4), (kind.name, error)
                engines.append(engine)
            peers, own = {e.name: [] for e in engines}, {}
            for _ in range(rounds):
                for engine in engines:
                    call = timed(engine.nothing(), tokens) if hasattr(engine, "nothing") else [0]
                    peers[engine.name].append(
                        statistics.median(timed(engine.step, tokens)) - statistics.median(call)
                    )
                for network in ours(program, name):
                    parts = own.setdefault(network["precision"], ([], []))
                    parts[0].append(network["whole"]["warm"]["median"])
                    parts[1].append(network["answer"]["warm"]["median"])
            report(name, {k: statistics.median(v) for k, v in peers.items()}, own)


def report(name, peers, own):
    print(f"\n{name}")
    for peer, median in sorted(peers.items(), key=lambda item: item[1]):
        print(f"  {peer:20} {median:8.1f}")
    for precision, (whole, answer) in own.items():
        whole, answer = statistics.median(whole), statistics.median(answer)
        rivals = {k: v for k, v in peers.items() if precision in k} or peers
        least = min(rivals.values())
        print(f"  Continuo {precision:11} {whole:8.1f} whole, {answer:6.1f} to the answer: {least / whole:5.2f} and"
              f" {least / answer:5.2f} times the fastest of {', '.join(sorted({k.split()[-1] for k in rivals}))}"
              f"; of all {min(peers.values()) / whole:5.2f} and {min(peers.values()) / answer:5.2f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
