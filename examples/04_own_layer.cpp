// A layer of your own: the softplus y = log(1 + exp(βx))/β with a learned sharpness β, as an op and a module, and the
// check that its backward is its forward's derivative.
#include <cmath>
#include <cstdio>

#include "normlab/framework/gradcheck.h"
#include "normlab/framework/module.h"
#include "normlab/framework/support/error.h"

using namespace normlab;

namespace {

// The op: check the inputs, compute, and leave a record. dy/dx = s and dy/dβ = (x·s − y)/β with s = 1/(1 + exp(−βx)).
Var softplus(const Var& x, const Var& beta) {
    require(beta.value().elements() == 1, "softplus", "beta must be one number, its shape is ", beta.shape());
    const Scalar b = beta.value().item();
    Tensor y(x.shape());
    Scalar* out = y.mutable_data();
    for (Index i = 0; i < y.elements(); ++i) out[i] = std::log1p(std::exp(b * x.value().data()[i])) / b;

    return Tape::record(
        "softplus", y, {x, beta},
        [b, x = Saved(x.value()), y = Saved(y), gx = x.gradient(), gb = beta.gradient()](const Tensor& dy) {
            const Scalar *in = x.data("softplus"), *value = y.data("softplus");
            Tensor dx(dy.shape());
            Scalar* slope = dx.mutable_data();
            double dbeta = 0;
            for (Index i = 0; i < dy.elements(); ++i) {
                const Scalar s = 1 / (1 + std::exp(-b * in[i]));
                slope[i] = s * dy.data()[i];
                dbeta += dy.data()[i] * (in[i] * s - value[i]) / b;
            }
            gx.add(dx);
            gb.add(Tensor::full({1}, static_cast<Scalar>(dbeta)));
        });
}

// The module: what it holds, and what it does.
class Softplus : public Module {
  public:
    Var forward(const Var& x) override { return softplus(x, beta); }
    void members(Members& members) override { members.parameter("beta", beta); }
    std::string kind() const override { return "Softplus"; }

    Var beta = Var::parameter(Tensor::full({1}, 2));
};

}  // namespace

int main() {
    Softplus layer;
    const Var x = Var::parameter(Tensor::of({2, 3}, {-3, -1, -0.25, 0.5, 1, 3}));
    const double error = gradient_error([&] { return layer(x); }, {x, layer.beta});
    std::printf("backward is off by %.1e of the derivative; a correct one stays below %.0e here\n", error,
                gradient_tolerance());
    return error < gradient_tolerance() ? 0 : 1;
}
