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

TEST_CASE("light changes contrast and brightness, evenly within their ranges, for each image and always alike",
          "[corrupt]") {
    const Json light = {{{"type", "light"}, {"contrast", {0.5, 0.5}}, {"brightness", {0.2, 0.2}}}};
    REQUIRE(corrupted(of_bytes({0, 100, 255}, {1, 1, 3}), light) == Bytes{51, 101, 179});
    const Json bright = {{{"type", "light"}, {"contrast", {2, 2}}, {"brightness", {-0.2, -0.2}}}};
    REQUIRE(corrupted(of_bytes({0, 100, 255}, {1, 1, 3}), bright) == Bytes{0, 149, 255});

    // Of two pixels, black and white, both numbers can be read off each image.
    Bytes pixels(4000);
    for (std::size_t i = 1; i < pixels.size(); i += 2) pixels[i] = 255;
    const ImageSet images = of_bytes(pixels, {1, 1, 2});
    const Json list = {{{"type", "light"}, {"contrast", {0.2, 0.5}}, {"brightness", {0, 0.5}}}};
    const Bytes lit = corrupted(images, list);
    double least = 1, most = 0, contrasts = 0, brightnesses = 0, products = 0;
    for (std::size_t i = 0; i < lit.size(); i += 2) {
        const double brightness = lit[i] / 255.0, contrast = (lit[i + 1] - lit[i]) / 255.0;
        least = std::min(least, contrast), most = std::max(most, contrast);
        contrasts += contrast, brightnesses += brightness, products += (contrast - 0.35) * (brightness - 0.25);
    }
    CHECK((least > 0.195 && least < 0.21 && most > 0.49 && most < 0.505));
    CHECK(std::abs(contrasts / 2000 - 0.35) < 0.008);     // four standard errors: 4 · 0.3/√(12·2000)
    CHECK(std::abs(brightnesses / 2000 - 0.25) < 0.013);  // 4 · 0.5/√(12·2000)
    CHECK(std::abs(products / 2000) < 0.0012);            // independent: 4 · 0.0866 · 0.144/√2000
    CHECK(lit == corrupted(images, list));
}

TEST_CASE("a threshold leaves black and white", "[corrupt]") {
    REQUIRE(corrupted(of_bytes({0, 127, 128, 255}, {1, 2, 2}), {"threshold"}) == Bytes{0, 0, 255, 255});
    REQUIRE(corrupted(of_bytes({0, 50, 51, 255}, {1, 2, 2}), {{{"type", "threshold"}, {"at", 0.2}}}) ==
            Bytes{0, 0, 255, 255});
}

TEST_CASE("a range of light that is none is an error with its place", "[corrupt]") {
    const auto error = [](const Json& range) {
        return error_of([&] { parse_corruptions({{{"type", "light"}, {"contrast", range}}}, "data.corrupt"); });
    };
    for (const Json& range : {Json::array({1, 0.5}), Json::array({-1, 1}), Json::array({0, 11}), Json::array({1})})
        CHECK(error(range) == "data.corrupt[0].contrast: must be [low, high], from 0 to 10 and the lower first");
    CHECK(error(2) == "data.corrupt[0].contrast: expected a list of numbers, got 2");
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
