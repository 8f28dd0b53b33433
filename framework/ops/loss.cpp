#include "framework/ops/loss.h"

#include <algorithm>
#include <cmath>

#include "framework/batch_part.h"
#include "framework/kernels/kernels.h"
#include "framework/support/error.h"

namespace normlab {

Var cross_entropy(const Var& logits, const Labels& labels, double label_smoothing,
                  std::span<const double> class_weights) {
    const Shape& shape = logits.shape();
    require(shape.rank() == 2, "cross_entropy", "logits must be (N,K), got ", shape);
    const Index N = shape[0], K = shape[1];
    require(static_cast<Index>(labels.size()) == N, "cross_entropy",
            "needs one label for each row of the logits: ", labels.size(), " labels, logits ", shape);
    require(label_smoothing >= 0 && label_smoothing <= 1, "cross_entropy", "label_smoothing must be in [0, 1], got ",
            label_smoothing);
    require(class_weights.empty() || static_cast<Index>(class_weights.size()) == K, "cross_entropy",
            "needs one weight for each class: ", class_weights.size(), " weights, logits ", shape);
    for (std::size_t n = 0; n < labels.size(); ++n)
        require(labels[n] >= 0 && labels[n] < K, "cross_entropy", "label ", labels[n], " of row ", n,
                " is not a class: logits ", shape);

    const double everywhere = label_smoothing / static_cast<double>(K), at_label = 1 - label_smoothing;
    const double batch = static_cast<double>(batch_part(N).total);
    Tensor gradient(shape);  // of the loss: weight (softmax − target) / batch
    Scalar* d = gradient.mutable_data();
    double loss = 0;
    for (Index n = 0; n < N; ++n) {
        const Scalar* z = logits.value().data() + n * K;
        const int label = labels[static_cast<std::size_t>(n)];
        const double weight = class_weights.empty() ? 1 : class_weights[static_cast<std::size_t>(label)];
        const double largest = *std::max_element(z, z + K);
        double normalizer = 0;
        for (Index k = 0; k < K; ++k) normalizer += std::exp(z[k] - largest);
        const double log_normalizer = largest + std::log(normalizer);
        for (Index k = 0; k < K; ++k) {
            const double target = everywhere + (k == label ? at_label : 0);
            const double log_probability = z[k] - log_normalizer;
            if (target != 0) loss -= weight * target * log_probability;
            d[n * K + k] = static_cast<Scalar>(weight * (std::exp(log_probability) - target) / batch);
        }
    }

    return Tape::record("cross_entropy", Tensor::full({}, static_cast<Scalar>(loss / batch)), {logits},
                        [gradient, gx = logits.gradient()](const Tensor& dy) {
                            Tensor dx(gradient.shape());
                            kernels().scale(dx.elements(), dy.item(), gradient.data(), dx.mutable_data());
                            gx.add(dx);
                        });
}

Var mse(const Var& x, const Tensor& target) {
    require(x.shape() == target.shape(), "mse", "input and target must have the same shape: ", x.shape(), " and ",
            target.shape());
    const Index count = target.elements();
    Tensor difference(x.shape());
    Scalar* d = difference.mutable_data();
    double loss = 0;
    for (Index i = 0; i < count; ++i) {
        d[i] = x.value().data()[i] - target.data()[i];
        loss += double{d[i]} * double{d[i]};
    }

    return Tape::record("mse", Tensor::full({}, static_cast<Scalar>(loss / static_cast<double>(count))), {x},
                        [difference, count, gx = x.gradient()](const Tensor& dy) {
                            Tensor dx(difference.shape());
                            kernels().scale(count, 2 * dy.item() / static_cast<Scalar>(count), difference.data(),
                                            dx.mutable_data());
                            gx.add(dx);
                        });
}

}  // namespace normlab
