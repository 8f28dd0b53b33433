// CIFAR-10 and CIFAR-100 (Krizhevsky 2009): 32x32 colour images in 10 and in 100 classes. The files are rows of
// records, any whole number of them: the label (CIFAR-100: the coarse one of 20, then the fine one, which is used),
// then 1024 red, 1024 green and 1024 blue bytes.
//   DIR/cifar-10-batches-bin/data_batch_1.bin … data_batch_5.bin, test_batch.bin
//   DIR/cifar-100-binary/train.bin, test.bin
// DIR may be that folder itself. The names of the classes are beside them in batches.meta.txt and fine_label_names.txt;
// without these the published ones are used.
#pragma once

#include <filesystem>

#include "datasets/image_set.h"

namespace normlab {

Split load_cifar10(const std::filesystem::path& dir);
Split load_cifar100(const std::filesystem::path& dir);

}  // namespace normlab
