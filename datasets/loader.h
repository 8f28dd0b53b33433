// The loader turns a set of bytes into batches of numbers, ahead of the training step, on its own threads:
//
//   Loader loader(split.train, {.batch_size = 128, .shuffle = true, .drop_last = true, .seed = 1, .scale = scale});
//   for (Index epoch = 0; epoch < epochs; ++epoch) {
//       loader.start_epoch(epoch);
//       while (const auto batch = loader.next()) learn(batch->images, batch->labels);
//   }
//
// Which images a batch holds, and what augmentation does to each, is a function of seed, epoch and index: the number of
// workers changes nothing, and start_epoch(epoch, batch) continues in the middle of an epoch as if it had never
// stopped.
#pragma once

#include <memory>
#include <optional>

#include "datasets/augment.h"
#include "datasets/batch.h"
#include "datasets/image_set.h"
#include "datasets/pixel_scale.h"

namespace normlab {

struct LoaderOptions {
    Index batch_size = 128;
    bool shuffle = false;
    bool drop_last = false;  // leaves out images that do not fill a batch
    Index join = 1;          // batches that come as one, or what is left of them
    std::uint64_t seed = 0;
    PixelScale scale;  // empty: 0 to 1
    std::vector<Augmentation> augmentations;
    double mixup = 0;  // of images in pairs, see mixup.h
    int workers = 1;
    Index prefetch = 4;  // batches in the making or waiting at a time
    BatchCut cut = {};   // which part of every batch this process gets
    Collective* ranks = &alone();
};

class Loader {
  public:
    Loader(const ImageSet& set, LoaderOptions options);  // `set` must outlive the loader
    ~Loader();
    Loader(Loader&&) noexcept;

    Index batches() const;  // in an epoch
    Index images() const;   // in an epoch

    // The rest of an epoch under way is dropped.
    void start_epoch(Index epoch, Index first_batch = 0);
    std::optional<Batch> next();  // empty: the epoch is over

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace normlab
