#include "lab/onnx/graph.h"

#include <bit>

namespace normlab::onnx {
namespace {

// TensorProto and AttributeProto number their types.
constexpr int kFloats = 1, kInt64s = 7;
constexpr int kRealAttribute = 1, kNumberAttribute = 2, kNumbersAttribute = 7;
static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

template <class Number>
std::string raw(const std::vector<Number>& values) {
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number));
}

struct AttributeValue {
    Message& message;
    void operator()(std::int64_t value) const { message.number(3, value).number(20, kNumberAttribute); }
    void operator()(float value) const { message.real(2, value).number(20, kRealAttribute); }
    void operator()(const std::vector<std::int64_t>& values) const {
        for (const std::int64_t value : values) message.number(8, value);
        message.number(20, kNumbersAttribute);
    }
};

Message value_info(const std::string& name, const std::vector<Index>& sizes) {
    Message shape;
    shape.message(1, Message().text(2, "N"));
    for (const Index size : sizes) shape.message(1, Message().number(1, size));
    const Message tensor = Message().number(1, kFloats).message(2, shape);
    return Message().text(1, name).message(2, Message().message(1, tensor));
}

}  // namespace

std::string Graph::fresh(const std::string& wanted) {
    const int before = used_[wanted]++;
    return before == 0 ? wanted : wanted + "_" + std::to_string(before);
}

std::string Graph::node(const std::string& op, const std::vector<std::string>& inputs, const Attributes& attributes,
                        const std::string& name) {
    const std::string output = fresh(name.empty() ? op : name);
    Message node;
    for (const std::string& input : inputs) node.text(1, input);
    node.text(2, output).text(3, output).text(4, op);
    for (const auto& [key, value] : attributes) {
        Message attribute;
        attribute.text(1, key);
        std::visit(AttributeValue{attribute}, value);
        node.message(5, attribute);
    }
    nodes_.message(1, node);
    return output;
}

std::string Graph::constant(const std::string& name, const Tensor& values) {
    const std::string own = fresh(name);
    Message tensor;
    for (int axis = 0; axis < values.shape().rank(); ++axis) tensor.number(1, values.shape()[axis]);
    const std::vector<Scalar> numbers = values.values();
    tensor.number(2, kFloats).text(8, own).text(9, raw(std::vector<float>(numbers.begin(), numbers.end())));
    constants_.message(5, tensor);
    return own;
}

std::string Graph::constant(const std::string& name, const std::vector<std::int64_t>& values) {
    const std::string own = fresh(name);
    constants_.message(5, Message()
                              .number(1, static_cast<std::int64_t>(values.size()))
                              .number(2, kInt64s)
                              .text(8, own)
                              .text(9, raw(values)));
    return own;
}

void Graph::input(const std::string& name, const std::vector<Index>& sizes) {
    inputs_.message(11, value_info(fresh(name), sizes));
}

void Graph::output(const std::string& name, const std::vector<Index>& sizes) {
    outputs_.message(12, value_info(name, sizes));
}

std::string Graph::bytes(const std::string& name, const std::map<std::string, std::string>& metadata) const {
    constexpr std::int64_t ir_version = 8;
    Message graph;
    graph.text(2, name);
    const std::string fields = nodes_.bytes() + graph.bytes() + constants_.bytes() + inputs_.bytes() + outputs_.bytes();
    Message model;
    model.number(1, ir_version).text(2, "normlab").text(7, fields).message(8, Message().text(1, "").number(2, opset));
    for (const auto& [key, value] : metadata) model.message(14, Message().text(1, key).text(2, value));
    return model.bytes();
}

}  // namespace normlab::onnx
