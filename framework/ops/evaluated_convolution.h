// A convolution or a linear layer without a tape, whose weights stay the same from one call to the next.
//
// A batch norm that evaluates after it is folded into the weights, and a kernel puts them in the order in which it
// reads them, for Winograd's algorithm transformed. With many pixels that takes little of the time. With few, as for
// one image, it takes up to half: then what comes of it is kept beside the weights until they are written to, or until
// the scale, the shape or the table of kernels is another.
#pragma once

#include "framework/deferred.h"
#include "framework/kernels/shapes.h"

namespace normlab {

// The weights of a convolution or a linear layer with a scale and shift of each output channel folded into them:
//   scale·(w ⋆ x + b) + shift = (scale·w) ⋆ x + (scale·b + shift)
struct WeightAndBias {
    Tensor weight, bias;  // the bias may be undefined
};
WeightAndBias folded(const WeightAndBias& unscaled, const Tensor& scale, const Tensor& shift);

// y = w ⋆ x + b, then the epilogue.
void evaluate_convolution(const ConvShape& shape, const Tensor& x, const WeightAndBias& unscaled,
                          const Epilogue& epilogue, Tensor& y);

}  // namespace normlab
