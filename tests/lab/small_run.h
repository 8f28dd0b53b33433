// A run that is over in a moment: 50 images of 8x8 in four classes, a small net with norm and dropout, two epochs.
#pragma once

#include <fstream>

#include "framework/support/random.h"
#include "lab/run/run.h"
#include "tests/temporary.h"

namespace normlab::test {

// Writes the images: noise, and a bright quarter that tells the class.
inline void write_small_set(const std::filesystem::path& dir) {
    for (int image = 0; image < 50 + 20; ++image) {
        const int label = image % 4;
        const auto folder = dir / (image < 50 ? "train" : "test") / std::string(1, static_cast<char>('a' + label));
        std::filesystem::create_directories(folder);
        std::string pixels;
        for (int i = 0; i < 64; ++i) {
            const int quarter = i / 32 * 2 + i % 8 / 4;
            const double noise =
                random_uniform({5, 0}, static_cast<std::uint64_t>(image), static_cast<std::uint64_t>(i));
            pixels += static_cast<char>(static_cast<std::uint8_t>(60 * (quarter == label) + 150 * noise));
        }
        std::ofstream(folder / (std::to_string(image) + ".pgm"), std::ios::binary) << "P5\n8 8\n255\n" << pixels;
    }
}

inline Json small_config(const std::filesystem::path& dir) {
    return {{"data",
             {{"name", "folder"},
              {"dir", dir.string()},
              {"image_size", 8},
              {"channels", 1},
              {"batch_size", 8},
              {"drop_last", false},
              {"augment", {"random_crop"}}}},
            {"model", {{"layers", Json::parse(R"([{"type": "conv2d", "out": 4, "padding": 1}, {"type": "norm"},
                {"type": "relu"}, {"type": "dropout", "p": 0.2}, {"type": "flatten"}, {"type": "linear"}])")}}},
            {"optim", {{"lr", 0.02}}},
            {"train", {{"epochs", 2}, {"threads", 1}}}};
}

// Keeps what it is told, and asks the run to stop after some of its steps.
struct Listener : Observer {
    explicit Listener(Index stop_after_steps = -1) : stop_after(stop_after_steps) {}
    void message(const std::string& text) override { messages += text + "\n"; }
    void step(const Progress& progress) override {
        last = progress;
        if (++steps == stop_after) stop = true;
    }
    void epoch(const EpochMetrics& metrics, const Model&, const ImageSet&, const Evaluation&) override {
        epochs.push_back(metrics);
    }

    Index stop_after, steps = 0;
    std::atomic<bool> stop = false;
    std::string messages;
    Progress last;
    std::vector<EpochMetrics> epochs;
};

inline RunResult run_small(const Json& config, const std::filesystem::path& out, Listener& listener,
                           bool resume = false) {
    return run_training(parse_config(config), {.out = out, .resume = resume, .stop = &listener.stop}, listener);
}
inline RunResult run_small(const Json& config, const std::filesystem::path& out) {
    Listener listener;
    return run_small(config, out, listener);
}

}  // namespace normlab::test
