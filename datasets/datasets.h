// The data sets by name.
//
//   digits          28x28 grey, handwriting-like digits that the program draws itself: no download
//   shapes          32x32 colour, ten textured shapes in bad light, also drawn
//   mnist           28x28 grey, handwritten digits
//   fashion_mnist   28x28 grey, pieces of clothing
//   cifar10         32x32 colour, ten kinds of animals and vehicles
//   cifar100        32x32 colour, a hundred kinds of things
//   folder          your own images, a folder for each class
#pragma once

#include <filesystem>
#include <optional>

#include "datasets/corrupt.h"
#include "datasets/image_set.h"
#include "datasets/resize.h"

namespace normlab {

struct DataSource {
    std::string name = "digits";
    std::filesystem::path dir;         // where the files are; digits and shapes need none
    Shape folder_image = {3, 32, 32};  // what `folder` converts its images to,
    Fit fit = Fit::crop;               // and how
    // At most this many images: the first of one fixed random order of the set, so that the classes keep about their
    // shares and a larger limit keeps all that a smaller one has. They stay in the set's order.
    std::optional<Index> train_limit, test_limit;
    // The share of the training images that become validation images: the first of each class in one fixed random
    // order. They are taken out before train_limit. A set that has some of its own: these, whatever the share.
    double validation = 0;
    std::vector<Corruption> corrupt;  // done to all images, in order
    // Another number draws other digits and shapes and selects other images under a limit. It is not the seed of a run:
    // runs to be compared see the same data.
    std::uint64_t seed = 0;
    bool operator==(const DataSource&) const = default;
};

Split load(const DataSource& source);

std::vector<std::string> data_set_names();
bool needs_files(const std::string& name);  // whether load() reads `dir`

// What is known about a set before it is read.
Shape image_of(const DataSource& source);                     // (C,H,W)
std::optional<Index> known_classes(const std::string& name);  // empty for a folder, whose classes are counted

// The set with at most `limit` images, chosen as said above.
ImageSet limited(ImageSet set, std::optional<Index> limit, std::uint64_t seed = 0);

// Takes this share of each class out of the set, chosen as said above.
ImageSet taken_out(ImageSet& set, double share, std::uint64_t seed = 0);

}  // namespace normlab
