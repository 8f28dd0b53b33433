// Each layer as nodes of an ONNX graph, as it computes in eval mode.
#pragma once

#include <map>

#include "framework/module.h"
#include "lab/onnx/graph.h"

namespace normlab::onnx {

// What a layer is written with: its name, and the shapes that it was seen to take and give.
struct Site {
    Graph& graph;
    std::string name;
    Shape x, y;
};

std::string convolution(const Site& at, Module& layer, const std::string& x);
std::string linear(const Site& at, Module& layer, const std::string& x);
std::string max_pool(const Site& at, Module& layer, const std::string& x);
std::string avg_pool(const Site& at, Module& layer, const std::string& x);
std::string gelu(const Site& at, Module& layer, const std::string& x);
std::string silu(const Site& at, Module& layer, const std::string& x);
std::string leaky_relu(const Site& at, Module& layer, const std::string& x);

std::string batch_norm(const Site& at, Module& layer, const std::string& x);
std::string instance_norm(const Site& at, Module& layer, const std::string& x);
std::string group_norm(const Site& at, Module& layer, const std::string& x);
std::string layer_norm(const Site& at, Module& layer, const std::string& x);
std::string rms_norm(const Site& at, Module& layer, const std::string& x);

}  // namespace normlab::onnx
