// The data sets and the loader are there, too.
#include "normlab/datasets/datasets.h"
#include "normlab/datasets/loader.h"

normlab::Index batches_of_digits() {
    const normlab::Split split = normlab::load({.name = "digits", .train_limit = 100});
    return normlab::Loader(split.train, {.batch_size = 10}).batches();
}
