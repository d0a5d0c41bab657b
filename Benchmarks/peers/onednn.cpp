// A network in oneDNN, as a library for peers.py: a primitive for each layer and one for the head, made once; weights in
// the order that oneDNN chooses. fp32, or int8 with a scale for each row.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <dnnl.hpp>
#include <unordered_map>
#include <vector>

using namespace dnnl;
using Type = memory::data_type;
using Tag = memory::format_tag;
using Arguments = std::unordered_map<int, memory>;

namespace {
// Numbers in ±1 as bytes: oneDNN's inputs are unsigned.
constexpr float scale = 127, shift = 128;

uint8_t byte(float x) { return uint8_t(std::clamp(std::nearbyint(x * scale + shift), 0.f, 255.f)); }

// One scale for each column of a [rows, columns] matrix.
std::vector<float> scales(const float *w, size_t rows, size_t columns) {
    std::vector<float> s(columns, 1e-30f);
    for (size_t i = 0; i < rows * columns; i++) s[i % columns] = std::max(s[i % columns], std::abs(w[i]));
    for (float &x : s) x = 127 / x;
    return s;
}

struct Network {
    engine cpu{engine::kind::cpu, 0};
    stream queue{cpu};
    std::vector<primitive> layers;
    primitive head;
    // The state goes from one set to the other and back.
    std::vector<Arguments> arguments[2];
    Arguments headArguments;
    int64_t embedding, hidden, classes;
    Type type;
    std::vector<float> table;
    std::vector<uint8_t> byteTable;
    int turn = 0;

    memory from(const memory::desc &desc, const void *data) {
        memory m(desc, cpu);
        std::memcpy(m.get_data_handle(), data, desc.get_size());
        return m;
    }

    memory reordered(memory source, const memory::desc &desc, const primitive_attr &attr) {
        memory m(desc, cpu);
        reorder(reorder::primitive_desc(source, m, attr)).execute(queue, source, m);
        queue.wait();
        return m;
    }

    memory zeros(const memory::desc &desc) {
        memory m(desc, cpu);
        bool bytes = desc.get_data_type() == Type::u8;
        std::memset(m.get_data_handle(), bytes ? int(shift) : 0, desc.get_size());
        return m;
    }

    // The weights are [columns][i, f, g, o][hidden], as oneDNN calls it ldigo.
    void addLayer(int64_t columns, const float *input, const float *recurrent, const float *bias) {
        memory::desc x({1, 1, columns}, type, Tag::tnc), h({1, 1, 1, hidden}, type, Tag::ldnc),
            c({1, 1, 1, hidden}, Type::f32, Tag::ldnc), b({1, 1, 4, hidden}, Type::f32, Tag::ldgo),
            y({1, 1, hidden}, type, Tag::tnc);
        memory::dims inputShape{1, 1, columns, 4, hidden}, recurrentShape{1, 1, hidden, 4, hidden};
        Type weights = type == Type::u8 ? Type::s8 : Type::f32;
        primitive_attr attr;
        if (type == Type::u8) {
            attr.set_rnn_data_qparams(scale, shift);
            // One scale for both matrices of a row.
            auto s = scales(input, columns, 4 * hidden), t = scales(recurrent, hidden, 4 * hidden);
            for (size_t i = 0; i < s.size(); i++) s[i] = std::min(s[i], t[i]);
            attr.set_rnn_weights_qparams(1 << 3 | 1 << 4, s);
        }
        lstm_forward::primitive_desc desc(
            cpu, prop_kind::forward_inference, rnn_direction::unidirectional_left2right, x, h, c,
            {inputShape, weights, Tag::any}, {recurrentShape, weights, Tag::any}, b, y, h, c, attr);
        memory w = reordered(from({inputShape, Type::f32, Tag::ldigo}, input), desc.weights_layer_desc(), attr);
        memory u = reordered(from({recurrentShape, Type::f32, Tag::ldigo}, recurrent), desc.weights_iter_desc(), attr);
        memory biases = from(b, bias), output = zeros(y);
        memory hs[2] = {zeros(h), zeros(h)}, cs[2] = {zeros(c), zeros(c)};
        memory from = layers.empty() ? memory(x, cpu, nullptr) : arguments[0].back().at(DNNL_ARG_DST_LAYER);
        layers.push_back(lstm_forward(desc));
        for (int k = 0; k < 2; k++)
            arguments[k].push_back({{DNNL_ARG_SRC_LAYER, from}, {DNNL_ARG_SRC_ITER, hs[k]}, {DNNL_ARG_SRC_ITER_C, cs[k]},
                {DNNL_ARG_WEIGHTS_LAYER, w}, {DNNL_ARG_WEIGHTS_ITER, u}, {DNNL_ARG_BIAS, biases},
                {DNNL_ARG_DST_LAYER, output}, {DNNL_ARG_DST_ITER, hs[1 - k]}, {DNNL_ARG_DST_ITER_C, cs[1 - k]}});
    }

    // The weights are [hidden][classes].
    void addHead(const float *matrix, const float *bias) {
        memory::desc x({1, hidden}, type, Tag::ab), b({1, classes}, Type::f32, Tag::ab);
        memory::dims shape{hidden, classes};
        primitive_attr attr;
        Arguments more;
        memory plain = from({shape, Type::f32, Tag::ab}, matrix);
        if (type == Type::u8) {
            attr.set_scales_mask(DNNL_ARG_SRC, 0);
            attr.set_scales_mask(DNNL_ARG_WEIGHTS, 1 << 1);
            attr.set_zero_points_mask(DNNL_ARG_SRC, 0);
            auto s = scales(matrix, hidden, classes);
            std::vector<int8_t> bytes(hidden * classes);
            for (size_t i = 0; i < bytes.size(); i++) bytes[i] = int8_t(std::nearbyint(matrix[i] * s[i % classes]));
            for (float &v : s) v = 1 / v;
            float one = 1 / scale;
            int32_t zero = int32_t(shift);
            plain = from({shape, Type::s8, Tag::ab}, bytes.data());
            more = {{DNNL_ARG_ATTR_SCALES | DNNL_ARG_SRC, from({{1}, Type::f32, Tag::a}, &one)},
                {DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, from({{classes}, Type::f32, Tag::a}, s.data())},
                {DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_SRC, from({{1}, Type::s32, Tag::a}, &zero)}};
        }
        matmul::primitive_desc desc(
            cpu, x, {shape, type == Type::u8 ? Type::s8 : Type::f32, Tag::any}, b, b, attr);
        head = matmul(desc);
        memory hidden(x, cpu, arguments[0].back().at(DNNL_ARG_DST_LAYER).get_data_handle());
        headArguments = {{DNNL_ARG_SRC, hidden}, {DNNL_ARG_WEIGHTS, reordered(plain, desc.weights_desc(), {})},
            {DNNL_ARG_BIAS, from(b, bias)}, {DNNL_ARG_DST, memory(b, cpu)}};
        headArguments.insert(more.begin(), more.end());
    }

    const float *step(int64_t token) {
        void *row = type == Type::u8 ? (void *)(byteTable.data() + token * embedding) : table.data() + token * embedding;
        arguments[turn][0].at(DNNL_ARG_SRC_LAYER).set_data_handle(row);
        for (size_t l = 0; l < layers.size(); l++) layers[l].execute(queue, arguments[turn][l]);
        head.execute(queue, headArguments);
        queue.wait();
        turn = 1 - turn;
        return static_cast<float *>(headArguments.at(DNNL_ARG_DST).get_data_handle());
    }
};
}  // namespace

extern "C" {
// The weights as [columns][rows]. Each layer's are three pointers: of input, recurrent, and the sum of the biases.
void *create(int int8, int layers, int embedding, int hidden, int classes, const float *table, const float **gates,
    const float *head, const float *bias) try {
    auto *n = new Network;
    n->embedding = embedding, n->hidden = hidden, n->classes = classes;
    n->type = int8 ? Type::u8 : Type::f32;
    n->table.assign(table, table + size_t(classes) * embedding);
    for (float x : n->table) n->byteTable.push_back(byte(x));
    for (int l = 0; l < layers; l++) n->addLayer(l ? hidden : embedding, gates[3 * l], gates[3 * l + 1], gates[3 * l + 2]);
    n->addHead(head, bias);
    return n;
} catch (const std::exception &) {
    return nullptr;
}

const float *step(void *network, int64_t token) { return static_cast<Network *>(network)->step(token); }

// A call from Python and nothing else.
const float *nothing(void *, int64_t) { return nullptr; }

const dnnl_version_t *version() { return dnnl_version(); }
}
