// The nets of the experiments, small enough to be trained in a second.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "framework/module.h"

namespace normlab {

// Layers and norms as a config writes them: R"([{"type":"flatten"},{"type":"linear"}])" and "batch", or
// R"({"type":"batch","momentum":0.01})".
struct NetPlan {
    std::string layers;
    std::string norm = "batch";
    Shape image = {1, 28, 28};
    Index classes = 10;
};
std::unique_ptr<Module> make_net(const NetPlan& plan, std::uint64_t seed);

// flatten, depth x [linear, norm, activation], linear. `linear` are further keys of the hidden linear layers:
// R"("init":"kaiming_normal")".
std::string mlp(int depth, int width, const std::string& activation, const std::string& linear = "");

// Six convolutions 3x3, each with a norm and an activation, a pool after each pair; `channels` are those of the pairs.
enum class Order { conv_norm_act, conv_act_norm, norm_act_conv };
std::string vgg6(const std::string& init = "kaiming_normal", Order order = Order::conv_norm_act,
                 const std::array<int, 3>& channels = {8, 16, 32});

// The net of Santurkar et al. 2018, as large as a processor can train: the layers of models.h's vgg without dropout,
// with Glorot's weights. For images of 3x32x32.
std::string vgg();

}  // namespace normlab
