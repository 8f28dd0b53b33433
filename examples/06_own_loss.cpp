// A loss of your own, from ops that have gradients: the focal loss, which counts an image the less the better it is
// recognized, so that many easy images do not outweigh a few hard ones (Lin et al. 2017).
//   FL = −(1 − p)^γ log p        p = softmax(logits) at the label; γ = 0 is cross-entropy
#include <cmath>
#include <iostream>

#include "normlab/framework/gradcheck.h"
#include "normlab/framework/ops/arithmetic.h"
#include "normlab/framework/ops/loss.h"
#include "normlab/framework/ops/pointwise.h"
#include "normlab/framework/ops/softmax.h"
#include "normlab/layers/layers.h"
#include "normlab/optim/optim.h"

using namespace normlab;

namespace {

// A row for each label, 1 at its class and 0 elsewhere.
Tensor one_hot(const Labels& labels, Index classes) {
    Tensor rows = Tensor::zeros({static_cast<Index>(labels.size()), classes});
    Scalar* row = rows.mutable_data();
    for (const int label : labels) row[label] = 1, row += classes;
    return rows;
}

Var focal_loss(const Var& logits, const Labels& labels, double gamma) {
    const Index N = logits.shape()[0], K = logits.shape()[1];
    const Var log_p = sum_to(log_softmax(logits) * one_hot(labels, K), {N, 1});
    return mean(-pow(1 - exp(log_p), gamma) * log_p);
}

}  // namespace

int main() {
    // Its gradient, against finite differences; and what it is without γ.
    const Labels labels = {0, 2, 1, 1};
    const Var logits = Var::parameter(Tensor::randn({4, 3}, 1));
    const double error = gradient_error([&] { return focal_loss(logits, labels, 2); }, {logits});
    const double difference =
        focal_loss(logits, labels, 0).value().item() - cross_entropy(logits, labels).value().item();
    std::cout << "the gradient is off by " << error << ", the loss without gamma from cross-entropy by "
              << std::abs(difference) << "\n\n";

    // A net learns with it which of three corners of the plane a point is near.
    Sequential model(Linear({.in = 2, .out = 16}), ReLU(), Linear({.in = 16, .out = 3}));
    initialize(model, 1);
    std::cout << model << "\n\n";
    Adam adam(parameters(model), {.lr = 0.01});
    const Tensor corners = Tensor::of({3, 2}, {0, 0, 2, 0, 0, 2});
    for (std::uint64_t step = 0; step < 200; ++step) {
        const Var points = corners + 0.4 * Var(Tensor::randn({3, 2}, step));
        Tape tape;
        tape.backward(focal_loss(model(points), {0, 1, 2}, 2));
        adam.step();
    }
    const Tensor p = softmax(model(corners)).value();  // no tape in scope: nothing is recorded
    std::cout << p << '\n';
    return error < gradient_tolerance() && std::abs(difference) < 1e-6 && p.values()[0] > 0.9 ? 0 : 1;
}
