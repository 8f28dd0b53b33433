// Every loop over numbers in Normlab, as a table of functions. `reference/` holds the plain loops that say what is
// computed; `fast/` holds the same functions optimized, compiled once for each instruction set. The first call of
// kernels() picks the best table for this processor, or the one named by the environment variable NORMLAB_KERNELS
// (reference, plain, v2, v3, v4).
//
// Results never depend on the number of threads: work is cut into pieces by the shapes alone, and partial sums are
// added in the order of the pieces.
#pragma once

#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "framework/kernels/shapes.h"
#include "framework/support/pool.h"
#include "framework/support/random.h"
#include "framework/support/scalar.h"

namespace normlab {

enum class Activation { relu, leaky_relu, sigmoid, tanh, gelu, gelu_tanh, silu };

struct SgdRule {
    Scalar lr = 0, momentum = 0, dampening = 0, weight_decay = 0;
    bool nesterov = false;
};
struct AdamRule {
    Scalar lr = 0, beta1 = 0, beta2 = 0, eps = 0, weight_decay = 0;
    bool decoupled_decay = false;  // AdamW: the decay acts on the weights, not through the gradient
    Scalar first_correction = 1, second_correction = 1;  // 1 - beta1^t and 1 - beta2^t
};

// What happens to a result before it is stored: result = relu(result + residual).
struct EpilogueView {
    const Scalar* residual = nullptr;  // laid out like the result, in other memory; null: nothing is added
    bool relu = false;
};

// The gradient of an epilogue with relu: dy counts only where (x - center) * scale + shift was positive.
struct ReluGate {
    const Scalar *scale = nullptr, *shift = nullptr;  // as for normalize; null: dy counts everywhere
};

struct Kernels {
    const char* name;

    // Convolution. bias may be null. Each overwrites its result.
    void (*conv2d)(const ConvShape&, const Scalar* x, const Scalar* w, const Scalar* bias, EpilogueView, Scalar* y);
    // The same with weights that prepare_conv2d of this table made for this shape, for weights that are used again and
    // again. They may be read in another way, so the last bits of y may differ.
    void (*conv2d_prepared)(const ConvShape&, const Scalar* x, const Scalar* prepared, const Scalar* bias, EpilogueView,
                            Scalar* y);
    Memory (*prepare_conv2d)(const ConvShape&, const Scalar* w);
    void (*conv2d_backward_input)(const ConvShape&, const Scalar* dy, const Scalar* w, EpilogueView, Scalar* dx);
    void (*conv2d_backward_weight)(const ConvShape&, const Scalar* x, const Scalar* dy, Scalar* dw);
    void (*channel_sums)(Index rows, Index C, const Scalar* x, Scalar* sums);  // sums[c] = sum over rows of x[row,c]

    // Normalization: see ops/normalize.h. mean and m2 (the sum of squared deviations from that mean) are N x C, in
    // double: rounded to Scalar, a mean far above the deviations would be off by many of them, and squares overflow.
    void (*moments)(const NormShape&, const Scalar* x, double* mean, double* m2);
    // y = (x - center) * scale + shift, then the epilogue; the coefficients are rows() x C.
    void (*normalize)(const NormShape&, const Scalar* x, const Scalar* center, const Scalar* scale, const Scalar* shift,
                      EpilogueView, Scalar* y);
    // The sums over each image of dy and of dy * (x - center): N x C.
    void (*normalize_sums)(const NormShape&, const Scalar* x, const Scalar* dy, const Scalar* center, ReluGate,
                           Scalar* sum_dy, Scalar* sum_dy_x);
    // dx = a * dy + b * (x - center) + c; the coefficients are rows() x C.
    void (*normalize_backward)(const NormShape&, const Scalar* x, const Scalar* dy, const Scalar* center, ReluGate,
                               const Scalar* a, const Scalar* b, const Scalar* c, Scalar* dx);

    // Pooling. chosen[i] is the position h*W + w in its image that output i took its maximum from; null: not wanted.
    void (*max_pool)(const PoolShape&, const Scalar* x, Scalar* y, std::int32_t* chosen);
    void (*max_pool_backward)(const PoolShape&, const Scalar* dy, const std::int32_t* chosen, Scalar* dx);
    void (*avg_pool)(const PoolShape&, Divisor, const Scalar* x, Scalar* y);
    void (*avg_pool_backward)(const PoolShape&, Divisor, const Scalar* dy, Scalar* dx);

    // Element by element. `slope` is leaky_relu's.
    void (*activation)(Activation, Scalar slope, Index count, const Scalar* x, Scalar* y);
    void (*activation_backward)(Activation, Scalar slope, Index count, const Scalar* x, const Scalar* y,
                                const Scalar* dy, Scalar* dx);
    void (*add)(Index count, const Scalar* a, const Scalar* b, Scalar* y);
    void (*accumulate)(Index count, const Scalar* x, Scalar* y);  // y += x
    void (*scale)(Index count, Scalar factor, const Scalar* x, Scalar* y);
    // y[row,i] = factors[row] * x[row,i], i < count
    void (*scale_rows)(Index rows, Index count, const Scalar* factors, const Scalar* x, Scalar* y);
    // mask[i] is 0 with probability p, else 1/(1-p); a function of (stream, step, first + i).
    void (*dropout_mask)(RandomStream, std::uint64_t step, double p, Index first, Index count, Scalar* mask);
    void (*multiply)(Index count, const Scalar* a, const Scalar* b, Scalar* y);

    // The two orders of memory: N x pixels x C and N x C x pixels.
    void (*to_channels_first)(Index N, Index C, Index pixels, const Scalar* x, Scalar* y);
    void (*to_channels_last)(Index N, Index C, Index pixels, const Scalar* x, Scalar* y);

    // One step of an optimizer. At the first step the velocity holds nothing yet: it starts as the gradient.
    void (*sgd)(const SgdRule&, bool first_step, Index count, const Scalar* gradient, Scalar* velocity, Scalar* weight);
    void (*adam)(const AdamRule&, Index count, const Scalar* gradient, Scalar* mean, Scalar* square, Scalar* weight);

    // y = y * factor + addend, repeated `rounds` times in registers: measures the processor's multiply-add peak.
    void (*repeat_multiply_add)(Index rounds, Scalar factor, Scalar addend, Index count, Scalar* y);
};

// The type of the functions that an entry of the table can point to: `Signature<&Kernels::add> add;` declares one.
template <auto entry>
using Signature = std::remove_pointer_t<std::remove_reference_t<decltype(std::declval<Kernels&>().*entry)>>;

const Kernels& kernels();            // the table in use
const Kernels& reference_kernels();  // the plain loops

// Every table that this processor can run, from the reference to the best.
std::span<const Kernels* const> runnable_kernels();
// Switches to the table of that name, outside of all scopes of KernelsInUse; an unknown name is an error that lists the
// known ones.
void use_kernels(std::string_view name);

// Switches to a table, of any origin, until the end of the scope. One made later takes over until it ends.
class KernelsInUse {
  public:
    explicit KernelsInUse(const Kernels& table);
    ~KernelsInUse();
    KernelsInUse(const KernelsInUse&) = delete;
    KernelsInUse& operator=(const KernelsInUse&) = delete;
};

}  // namespace normlab
