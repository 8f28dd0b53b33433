// The reference nets. Each takes any normalization; without one, the convolutions have biases instead.
//
//   lenet     1x28x28   two conv-norm-ReLU-pool blocks (32, 64 channels) and two dense layers with dropout between
//   vgg       3x32x32   six conv-norm-ReLU, 64-64-128-128-256-256, a pool after each pair (Simonyan, Zisserman 2015)
//   resnet    3x32x32   three stages of 16, 32, 64 channels with (depth − 2)/6 residual blocks each and projection
//                       shortcuts (He et al. 2016); its names are torchvision's
//   resnet9   3x32x32   eight convolutions, two residual pairs, one dense layer (the DAWNBench CIFAR-10 net)
//
// lenet, vgg and resnet9 are nn.Sequentials of nn.Sequentials: their first weight is "0.0.weight".
#pragma once

#include "layers/containers.h"
#include "layers/conv2d.h"
#include "layers/linear.h"
#include "layers/norm.h"

namespace normlab {

struct ModelOptions {
    Norm norm;
    Shape image = {3, 32, 32};
    Index classes = 10;
    Init init;                            // of all convolutions and linear layers
    bool weight_standardization = false;  // of all convolutions
};

Sequential lenet(const ModelOptions& options);
Sequential vgg(const ModelOptions& options);
Sequential resnet9(const ModelOptions& options);

// conv 3x3 - norm - ReLU
Sequential conv_norm_relu(Index in, Index out, const ModelOptions& model);

// relu(norm(conv(relu(norm(conv(x))))) + shortcut(x)); where the shape changes the shortcut is a 1x1 convolution.
class BasicBlock : public Module {
  public:
    BasicBlock(Index in, Index out, Index stride, const ModelOptions& model);
    Var forward(const Var& x) override;
    void members(Members& members) override;
    std::string kind() const override { return "BasicBlock"; }

  private:
    Conv2d conv1_;
    std::unique_ptr<Module> bn1_;
    Conv2d conv2_;
    std::unique_ptr<Module> bn2_;
    Sequential downsample_;
};

class ResNet : public Module {
  public:
    explicit ResNet(const ModelOptions& options, Index depth = 20);  // depth 6n + 2
    Var forward(const Var& x) override;
    void members(Members& members) override;
    std::string kind() const override { return "ResNet"; }

  private:
    Conv2d conv1_;
    std::unique_ptr<Module> bn1_;
    std::vector<Sequential> stages_;
    Linear fc_;
};

}  // namespace normlab
