// How weights are initialized. fan_in is the number of inputs that one output sums up, fan_out the number of outputs
// that one input reaches.
#pragma once

#include "framework/support/random.h"
#include "framework/tensor.h"

namespace normlab {

struct Init {
    enum Type {
        standard,         // uniform within ±1/√fan_in: PyTorch's default for Conv2d and Linear
        kaiming_uniform,  // variance 2/fan_in, which keeps the activations' variance through ReLUs (He et al. 2015)
        kaiming_normal,
        kaiming_normal_fan_out,  // variance 2/fan_out, which keeps the gradients'
        xavier_uniform,          // variance 2/(fan_in + fan_out) (Glorot, Bengio 2010)
        xavier_normal,
        normal,  // the deviation `std`, whatever the size of the layer
        dirac,   // a convolution's first kernels copy an input channel each, the others are `standard`
    };

    Init(Type which = standard) : type(which) {}
    static Init Normal(double std) {
        Init init(normal);
        init.std = std;
        return init;
    }
    static Init Scaled(Type type, double gain) {
        Init init(type);
        init.gain = gain;
        return init;
    }

    Type type;
    double gain = 1;  // all weights are multiplied by it; of all types but `normal`
    double std = 0;   // of `normal`
};

struct Fans {
    double in, out;
};

// Overwrites `weight`; element i is a function of (stream, i).
void draw(Tensor& weight, const Init& init, Fans fans, RandomStream stream);

// Within each group, output channel c of a convolution becomes its input channel c times `gain`, for as many as there
// are of both: a deep stack of such layers begins as a shallow net on features of its own (Zagoruyko, Komodakis 2017).
void copy_inputs(Tensor& weight, Index groups, double gain);

}  // namespace normlab
