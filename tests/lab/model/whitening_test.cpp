#include "lab/model/whitening.h"

#include "datasets/loader.h"
#include "framework/support/threads.h"
#include "lab/model/model_file.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// Pictures whose neighbouring pixels and channels are alike.
const ImageSet& smooth_images() {
    static const ImageSet images = load({.name = "shapes"}).train;
    return images;
}

Config config_with(const std::string& layer, const Json& whiten = {"0"}) {
    Json config = {{"data", {{"name", "shapes"}}}, {"init", {{"whiten", whiten}}}};
    config["model"]["layers"] = Json::parse("[" + layer + R"(, {"type": "flatten"}, {"type": "linear"}])");
    return parse_config(config);
}

Tensor kernels_of(const Model& model) {
    return parameters(*model.module)[0].parameter.value();
}

const std::string kLayer = R"({"type": "conv2d", "out": 24, "kernel": 2, "bias": false})";

}  // namespace

TEST_CASE("a whitened layer's channels are as large as each other and do not depend on each other", "[whitening]") {
    ImageSet images{.name = "part", .image = smooth_images().image, .classes = smooth_images().classes};
    images.labels.assign(smooth_images().labels.begin(), smooth_images().labels.begin() + 100);
    for (Index i = 0; i < 100; ++i)
        images.pixels.insert(images.pixels.end(), smooth_images().pixels_of(i).begin(),
                             smooth_images().pixels_of(i).end());
    const Model model = build_model(config_with(kLayer), images);

    Loader loader(images, {.batch_size = 100, .scale = model.scale});
    loader.start_epoch(0);
    const Tensor y = (*modules(*model.module)[1].module)(loader.next()->images).value();
    const Index K = 24, places = y.elements() / K;  // channels-last
    double largest_error = 0;
    for (Index a = 0; a < K; a += 2) {
        for (Index b = 0; b < K; ++b) {
            double mean = 0;
            for (Index i = 0; i < places; ++i) mean += double{y.data()[i * K + a]} * double{y.data()[i * K + b]};
            mean /= static_cast<double>(places);
            if (b / 2 != a / 2)
                largest_error = std::max(largest_error, std::abs(mean));
            else  // λ / (λ + 5e-4), and the mirrored channel
                REQUIRE((b == a ? mean : -mean) > 0.5);
        }
    }
    REQUIRE(largest_error < 1e-3);
}

TEST_CASE("whitening is the same for any seed and any number of threads", "[whitening]") {
    Config config = config_with(kLayer);
    const ThreadCount one(1);
    const Tensor kernels = kernels_of(build_model(config, smooth_images()));
    config.seed = 2;
    const ThreadCount three(3);
    REQUIRE(same_bits(kernels_of(build_model(config, smooth_images())), kernels));
}

TEST_CASE("the eigenvectors of a matrix come with the largest value first", "[whitening]") {
    const EigenPairs pairs = eigen_pairs({2, 1, 0, 1, 2, 0, 0, 0, 5}, 3);  // (0,0,1), (1,1,0)/√2, (1,−1,0)/√2
    REQUIRE(near(pairs.values[0], 5, 1e-12));
    REQUIRE(near(pairs.values[1], 3, 1e-12));
    REQUIRE(near(pairs.values[2], 1, 1e-12));
    REQUIRE(near(std::abs(pairs.vectors[2]), 1, 1e-12));
    REQUIRE(near(pairs.vectors[3] * pairs.vectors[4], 0.5, 1e-12));
    REQUIRE(near(pairs.vectors[6] * pairs.vectors[7], -0.5, 1e-12));
    REQUIRE(std::abs(pairs.vectors[8]) < 1e-12);
}

TEST_CASE("what cannot be whitened is an error with its name", "[whitening]") {
    const auto error = [](const std::string& layer, const Json& whiten) {
        return error_of([&] { config_with(layer, whiten); });
    };
    const std::string second = kLayer + R"(, {"type": "conv2d", "out": 8})";
    CHECK(error(kLayer, {"conv1"}).starts_with("init.whiten[0]: \"conv1\" matches nothing in the model"));
    CHECK(error(kLayer, {"2"}).starts_with("init.whiten[0]: \"2\" matches nothing in the model"));  // linear
    CHECK(error(second, {"1"}) == "init.whiten: 1 must see the images: a convolution of their 3 channels in one group");
    CHECK(error(R"({"type": "conv2d", "out": 25, "kernel": 2})", {"0"}) ==
          "init.whiten: 0 has 25 output channels, but its kernels allow 24: two for each number of a patch");
    CHECK(error(R"({"type": "conv2d", "out": 24, "kernel": 2, "weight_standardization": true})", {"0"}) ==
          "init.whiten: 0 cannot have weight_standardization, which would undo it");
}
