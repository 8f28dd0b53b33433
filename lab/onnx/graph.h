// A computation in the ONNX format (onnx.ai), built node by node:
//   Graph graph;
//   const std::string y = graph.node("Relu", {x});
// Values are known by names. The numbers of the format's fields are those of onnx.proto.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "framework/tensor.h"
#include "lab/onnx/protobuf.h"

namespace normlab::onnx {

using Attribute = std::variant<std::int64_t, float, std::vector<std::int64_t>>;
using Attributes = std::vector<std::pair<std::string, Attribute>>;

class Graph {
  public:
    static constexpr std::int64_t opset = 13;  // the oldest that has all we need: every runtime of today reads it

    // The output's name: `name`, or a new one if it is empty.
    std::string node(const std::string& op, const std::vector<std::string>& inputs, const Attributes& attributes = {},
                     const std::string& name = "");
    // Numbers that are part of the file; the name must be new.
    std::string constant(const std::string& name, const Tensor& values);
    std::string constant(const std::string& name, const std::vector<std::int64_t>& values);

    // An input or output of shape (N, sizes...), N being left open.
    void input(const std::string& name, const std::vector<Index>& sizes);
    void output(const std::string& name, const std::vector<Index>& sizes);

    // The file.
    std::string bytes(const std::string& name, const std::map<std::string, std::string>& metadata) const;

  private:
    std::string fresh(const std::string& wanted);
    Message nodes_, constants_, inputs_, outputs_;  // fields of a GraphProto
    std::map<std::string, int> used_;
};

}  // namespace normlab::onnx
