#include "datasets/corrupt.h"

#include <cmath>

#include "datasets/datasets.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

ImageSet of_bytes(std::vector<std::uint8_t> pixels, const Shape& image) {
    const auto count = pixels.size() / static_cast<std::size_t>(image.elements());
    return {.name = "bytes", .image = image, .pixels = std::move(pixels), .labels = Labels(count, 0), .classes = {"a"}};
}

std::vector<std::uint8_t> corrupted(ImageSet set, const Json& list) {
    corrupt(set, parse_corruptions(list, "data.corrupt"), {1, 2});
    return set.pixels;
}

using Bytes = std::vector<std::uint8_t>;

}  // namespace

TEST_CASE("inverting turns light and dark", "[corrupt]") {
    REQUIRE(corrupted(of_bytes({0, 10, 255, 128}, {1, 2, 2}), {"invert"}) == Bytes{255, 245, 0, 127});
}

TEST_CASE("a blurred pixel is the mean of the square around it, channel by channel, and the edge repeats",
          "[corrupt]") {
    // Columns 0, 90, 0 of one row; the second channel is constant.
    REQUIRE(corrupted(of_bytes({0, 7, 90, 7, 0, 7}, {2, 1, 3}), {"blur"}) == Bytes{30, 7, 30, 7, 30, 7});
    REQUIRE(corrupted(of_bytes({9, 0, 0, 0, 0, 0, 0, 0, 0}, {1, 3, 3}), {"blur"}) == Bytes{4, 2, 0, 2, 1, 0, 0, 0, 0});
    REQUIRE(corrupted(of_bytes({1, 2, 3, 4}, {1, 2, 2}), {{{"type", "blur"}, {"radius", 0}}}) == Bytes{1, 2, 3, 4});
}

TEST_CASE("noise has the deviation that it says, another for each image, and is always the same", "[corrupt]") {
    const ImageSet grey = of_bytes(Bytes(20000, 128), {1, 100, 100});
    const Json list = {{{"type", "noise"}, {"std", 0.05}}};
    const Bytes noisy = corrupted(grey, list);
    double sum = 0, squares = 0;
    for (const std::uint8_t pixel : noisy) sum += pixel, squares += pixel * pixel;
    const double mean = sum / 20000, deviation = std::sqrt(squares / 20000 - mean * mean);
    CHECK(std::abs(mean - 128) < 0.5);
    CHECK(near(deviation, 0.05 * 255, 0.03));
    CHECK(noisy == corrupted(grey, list));
    CHECK_FALSE(std::equal(noisy.begin(), noisy.begin() + 10000, noisy.begin() + 10000));
}

TEST_CASE("a corrupted set is corrupted in training and in testing, after its images are chosen", "[corrupt]") {
    const DataSource clean{.name = "digits", .train_limit = 20, .test_limit = 10};
    DataSource inverted = clean;
    inverted.corrupt = {Invert{}};
    const Split a = load(clean), b = load(inverted);
    for (const auto& [x, y] : {std::pair(&a.train, &b.train), std::pair(&a.test, &b.test)}) {
        REQUIRE(x->labels == y->labels);
        for (std::size_t i = 0; i < x->pixels.size(); ++i) REQUIRE(x->pixels[i] + y->pixels[i] == 255);
    }
}
