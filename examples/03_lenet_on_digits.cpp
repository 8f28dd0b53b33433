// LeNet learns to read digits that the program draws itself: seven-segment digits, shifted, with noise.
#include <algorithm>
#include <cstdio>

#include "normlab/framework/ops/loss.h"
#include "normlab/framework/support/random.h"
#include "normlab/layers/layers.h"
#include "normlab/optim/optim.h"

using namespace normlab;

namespace {

struct Batch {
    Tensor images;
    Labels labels;
};

// Batch `step` of a stream of images: what it holds is a function of (stream, step).
Batch draw_batch(RandomStream stream, std::uint64_t step, Index size) {
    // Which of the segments top, upper left, upper right, middle, lower left, lower right, bottom are lit.
    static constexpr int lit[10] = {0b1110111, 0b0010010, 0b1011101, 0b1011011, 0b0111010,
                                    0b1101011, 0b1101111, 0b1010010, 0b1111111, 0b1111011};
    static constexpr int segment[7][4] = {{0, 0, 1, 10}, {0, 0, 9, 1},   {0, 9, 9, 10},
                                          {8, 0, 9, 10},  // rows, columns
                                          {8, 0, 17, 1}, {8, 9, 17, 10}, {16, 0, 17, 10}};
    Batch batch{Tensor::zeros({size, 1, 28, 28}), Labels(static_cast<std::size_t>(size))};
    Scalar* image = batch.images.mutable_data();
    for (std::size_t n = 0; n < batch.labels.size(); ++n, image += 28 * 28) {
        const auto words = random_words(stream, step, n);
        batch.labels[n] = static_cast<int>(words[0] % 10);
        const int top = 3 + static_cast<int>(words[1] % 5), left = 7 + static_cast<int>(words[2] % 5);
        for (int s = 0; s < 7; ++s) {
            if (!(lit[batch.labels[n]] >> (6 - s) & 1)) continue;
            const auto& [row, column, last_row, last_column] = segment[s];
            for (int h = row; h <= last_row; ++h)
                for (int w = column; w <= last_column; ++w) image[(top + h) * 28 + left + w] = 1;
        }
        for (std::uint64_t i = 0; i < 28 * 28; ++i)
            image[i] += static_cast<Scalar>(0.3 * random_normal({stream.seed, stream.stream + 1}, step, n * 784 + i));
    }
    return batch;
}

double accuracy(Module& model, const Batch& batch) {
    const Tensor logits = model(batch.images).value();
    double right = 0;
    for (std::size_t n = 0; n < batch.labels.size(); ++n) {
        const Scalar* row = logits.data() + 10 * n;
        right += std::max_element(row, row + 10) - row == batch.labels[n];
    }
    return right / static_cast<double>(batch.labels.size());
}

}  // namespace

int main() {
    Sequential model = lenet({.image = {1, 28, 28}});
    initialize(model, 1);
    seed_training(model, 1);
    SGD sgd(parameters(model), {.lr = 0.02, .momentum = 0.9, .weight_decay = 5e-4});
    for (std::uint64_t step = 0; step < 200; ++step) {
        const Batch batch = draw_batch({1, 0}, step, 64);
        Tape tape;
        const Var loss = cross_entropy(model(batch.images), batch.labels);
        tape.backward(loss);
        sgd.step();
        if (step % 40 == 0)
            std::printf("step %3d  loss %.3f\n", static_cast<int>(step), static_cast<double>(loss.value().item()));
    }
    model.eval();
    const double right = accuracy(model, draw_batch({2, 0}, 0, 500));
    std::printf("accuracy on 500 new images: %.1f %%\n", 100 * right);
    return right > 0.95 ? 0 : 1;
}
