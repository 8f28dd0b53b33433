// Trains Conv-BN-ReLU to tell images that are bright on the left from images that are bright on the right. Ends with 0
// only if the loss fell.
#include <cstdio>

#include "normlab/framework/ops/loss.h"
#include "normlab/layers/layers.h"
#include "normlab/optim/optim.h"

#include "optim/sgd.h"

using namespace normlab;

int main() {
    Tensor images({8, 1, 6, 6});
    Labels labels;
    Scalar* pixels = images.mutable_data();  // of one channel: as they are read
    for (int n = 0; n < 8; ++n) {
        labels.push_back(n % 2);
        for (int i = 0; i < 36; ++i) {
            const bool bright = (i % 6 >= 3) == (n % 2 == 1);
            pixels[n * 36 + i] = static_cast<Scalar>((bright ? 1.0 : 0.0) + 0.01 * ((7 * n + 5 * i) % 11));
        }
    }

    Sequential model(Conv2d({.in = 1, .out = 4, .kernel = 3, .padding = 1, .bias = false}),
                     BatchNorm2d({.num_features = 4}), ReLU(), Flatten(), Linear({.in = 4 * 36, .out = 2}));
    initialize(model, 1);
    SGD sgd(parameters(model), {.lr = kOwnRate, .momentum = 0.9});

    double first = 0, last = 0;
    for (int step = 0; step < 10; ++step) {
        Tape tape;
        const Var loss = cross_entropy(model(images), labels);
        tape.backward(loss);
        sgd.step();
        last = static_cast<double>(loss.value().item());
        if (step == 0) first = last;
    }
    std::printf("loss %.4f to %.4f\n", first, last);
    return last < first / 2 ? 0 : 1;
}
