#include "lab/run/run.h"

#include <cmath>

#include "framework/state.h"
#include "framework/support/files.h"
#include "layers/batch_renorm2d.h"
#include "tests/catch.h"
#include "tests/lab/small_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// A folder with the small set in it, and room for runs.
struct Place : TemporaryFolder {
    Place() { write_small_set(*this / "set"); }
    Json config() const { return small_config(*this / "set"); }
};

void require_same_results(const std::filesystem::path& a, const std::filesystem::path& b) {
    for (const char* file : {"model.safetensors", "best.safetensors"})
        REQUIRE(read_file(a / file) == read_file(b / file));
    auto x = read_metrics(a), y = read_metrics(b);
    for (auto* metrics : {&x, &y})
        for (EpochMetrics& each : *metrics) each.seconds = each.images_per_s = 0;
    REQUIRE(x.size() == y.size());
    for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(to_json(x[i]) == to_json(y[i]));
}

}  // namespace

TEST_CASE("a run leaves its config in full, a line for each epoch, and models that can be read", "[run]") {
    const Place place;
    Listener listener;
    const RunResult result = run_small(place.config(), place / "run", listener);
    REQUIRE(result.finished);
    REQUIRE(result.step == 2 * 7);
    const Json config = Json::parse(read_file(place / "run/config.json"));
    REQUIRE(config["optim"]["momentum"] == 0.9);
    REQUIRE(config["data"]["normalize"]["mean"].size() == 1);

    const auto metrics = read_metrics(place / "run");
    REQUIRE(metrics.size() == 2);
    REQUIRE(listener.epochs.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) REQUIRE(to_json(metrics[i]) == to_json(listener.epochs[i]));
    REQUIRE(metrics[1].epoch == 2);
    REQUIRE(metrics[1].step == 14);
    REQUIRE(metrics[1].seconds > metrics[0].seconds);

    Model model = load_model(place / "run/model.safetensors");
    REQUIRE(model.classes == std::vector<std::string>{"a", "b", "c", "d"});
    const Split split = load(model.config.data.source);
    const Evaluation evaluation = evaluate(*model.module, split.test, model.scale);
    REQUIRE(evaluation.loss == metrics[1].test_loss);
    REQUIRE(evaluation.accuracy == metrics[1].test_accuracy);
    REQUIRE(evaluation.logits.shape() == Shape{20, 4});
    for (const auto& entry : std::filesystem::directory_iterator(place / "run"))
        REQUIRE_FALSE(contains(entry.path().string(), "unfinished"));
}

TEST_CASE("training learns the small set", "[run]") {
    const Place place;
    Json config = place.config();
    config["data"].erase("augment");
    config["train"]["epochs"] = 20;
    REQUIRE(run_small(config, place / "run").metrics.back().test_accuracy > 0.7);  // chance is 0.25
}

TEST_CASE("a run that was stopped goes on bit for bit, with another number of threads too", "[run]") {
    const Place place;
    const auto [accumulate, optimizer] = GENERATE(table<Index, std::string>({{1, "sgd"}, {3, "adamw"}}));
    Json config = place.config();
    config["train"]["accumulate"] = accumulate;
    config["optim"] = {{"type", optimizer}};
    config["schedule"] = {{"warmup_epochs", 0.5}};
    run_small(config, place / "whole");
    const Index steps_per_epoch = (7 + accumulate - 1) / accumulate;
    for (const Index stop_at : {Index{1}, steps_per_epoch - 1, steps_per_epoch, steps_per_epoch + 2}) {
        const auto out = place / ("stopped" + std::to_string(stop_at));
        Listener first(stop_at), second;
        config["train"]["threads"] = 1;
        const RunResult stopped = run_small(config, out, first);
        REQUIRE_FALSE(stopped.finished);
        REQUIRE(stopped.step == stop_at);
        config["train"]["threads"] = 2;
        REQUIRE(run_small(config, out, second, true).finished);
        REQUIRE(contains(second.messages, "resumed at step " + std::to_string(stop_at)));
        REQUIRE(second.steps == 2 * steps_per_epoch - stop_at);
        require_same_results(out, place / "whole");
    }
}

TEST_CASE("with every kind of normalization a resumed run is the same, bit for bit, with other threads too", "[run]") {
    const Place place;
    const std::string norm = GENERATE(
        R"({"type": "batch_renorm", "relax_from": 0.2, "relax_d_until": 0.6, "relax_r_until": 0.9})",
        R"({"type": "ghost_batch", "virtual_batch_size": 3})", R"("l1_batch")", R"({"type": "group", "groups": 2})",
        R"({"convention": "keras", "center": false})", R"({"use_batch_stats": false})", R"({"trainable": false})",
        R"("layer")", R"("instance")", R"("rms")", R"("none")");
    Json config = place.config();
    config["model"]["norm"] = Json::parse(norm);
    config["model"]["weight_standardization"] = norm.find("group") != std::string::npos;
    run_small(config, place / "whole");
    Listener first(9), second;
    REQUIRE_FALSE(run_small(config, place / "run", first).finished);
    config["train"]["threads"] = 2;
    REQUIRE(run_small(config, place / "run", second, true).finished);
    require_same_results(place / "run", place / "whole");
}

TEST_CASE("batch renorm's limits are a matter of the run's length, not of its steps", "[run]") {
    struct Limits : Listener {
        using Listener::Listener;
        void epoch(const EpochMetrics&, const Model& model, const Split&, const Evaluation&) override {
            for (const auto& [name, module] : modules(*model.module))
                if (const auto* renorm = dynamic_cast<const BatchRenorm2d*>(module)) found.push_back(renorm->r_limit);
        }
        std::vector<double> found;
    };
    const Place place;
    Json config = place.config();
    config["model"]["norm"] = {{"type", "batch_renorm"}, {"relax_from", 0}, {"relax_d_until", 1}, {"relax_r_until", 1}};
    for (const int epochs : {2, 4}) {
        config["train"]["epochs"] = epochs;
        Limits listener;
        run_small(config, place / std::to_string(epochs), listener);
        const double step = 2.0 / (7 * epochs);  // r_max - 1 over the steps of the run
        REQUIRE(std::abs(listener.found.back() - (3 - step)) < 1e-12);
        REQUIRE(std::abs(listener.found[0] - (1 + 6 * step)) < 1e-12);
    }
}

TEST_CASE("a run can be stopped and resumed after every step", "[run]") {
    const Place place;
    run_small(place.config(), place / "whole");
    bool finished = false;
    while (!finished) {
        Listener listener(1);
        finished = run_small(place.config(), place / "run", listener, true).finished;
    }
    require_same_results(place / "run", place / "whole");
}

TEST_CASE("a run that was killed after a checkpoint loses nothing but the steps since", "[run]") {
    struct Killed : Error {
        using Error::Error;
    };
    struct Killer : Listener {
        using Listener::Listener;
        void step(const Progress& progress) override {
            Listener::step(progress);
            if (stop) throw Killed("killed");
        }
    };
    const Place place;
    Json config = place.config();
    config["train"]["checkpoint_every"] = 3;
    run_small(config, place / "whole");
    Killer killer(5);
    REQUIRE_THROWS_AS(run_small(config, place / "run", killer), Killed);
    Listener listener;
    run_small(config, place / "run", listener, true);
    REQUIRE(contains(listener.messages, "resumed at step 3, in epoch 1 of 2"));
    require_same_results(place / "run", place / "whole");
}

TEST_CASE("several batches make one step, and what an epoch has left makes a smaller one", "[run]") {
    const Place place;
    Json config = place.config();  // 50 images: six batches of 8 and one of 2
    config["model"]["layers"] = Json::parse(R"([{"type": "flatten"}, {"type": "linear"}])");
    config["data"].erase("augment");
    config["train"]["accumulate"] = 4;
    const RunResult accumulated = run_small(config, place / "accumulated");
    REQUIRE(accumulated.step == 2 * 2);
    // Batches of 32 are the same images: of a linear model, the same steps up to rounding.
    config["train"]["accumulate"] = 1;
    config["data"]["batch_size"] = 32;
    const RunResult large = run_small(config, place / "large");
    REQUIRE(large.step == accumulated.step);
    for (std::size_t i = 0; i < 2; ++i)
        REQUIRE(std::abs(large.metrics[i].test_loss / accumulated.metrics[i].test_loss - 1) < 1e-5);
}

TEST_CASE("the best model is that of the epoch with the highest test accuracy", "[run]") {
    const Place place;
    Json config = place.config();
    config["train"]["epochs"] = 6;
    const auto metrics = run_small(config, place / "run").metrics;
    Model best = load_model(place / "run/best.safetensors");
    const Split split = load(best.config.data.source);
    double highest = 0;
    for (const EpochMetrics& each : metrics) highest = std::max(highest, each.test_accuracy);
    REQUIRE(evaluate(*best.module, split.test, best.scale).accuracy == highest);
}

TEST_CASE("progress counts steps within the epoch and images in all", "[run]") {
    const Place place;
    Listener listener(9);
    run_small(place.config(), place / "run", listener);
    REQUIRE(listener.last.epoch == 2);
    REQUIRE(listener.last.epochs == 2);
    REQUIRE(listener.last.step == 2);
    REQUIRE(listener.last.steps == 7);
    REQUIRE(listener.last.images_per_s > 0);
    REQUIRE(listener.last.seconds_left > 0);
}

TEST_CASE("clipping, label smoothing and spared norms change what is learned", "[run]") {
    const Place place;
    const double plain = run_small(place.config(), place / "plain").metrics.back().test_loss;
    const auto [section, key, value] =
        GENERATE(table<std::string, std::string, Json>({{"train", "clip_grad_norm", 0.1},
                                                        {"train", "label_smoothing", 0.2},
                                                        {"optim", "decay_norm_and_bias", false},
                                                        {"optim", "type", "adam"}}));
    Json config = place.config();
    config[section][key] = value;
    REQUIRE(run_small(config, place / "other").metrics.back().test_loss != plain);
}

TEST_CASE("a loss that is not finite stops the run and names step, learning rate and layer", "[run]") {
    const Place place;
    Json config = place.config();
    Model model = build_model(parse_config(config), load(parse_config(config).data.source).train);
    State weights = state_of(*model.module);
    for (NamedTensor& each : weights.tensors)
        if (each.name == "1.bias") each.tensor.mutable_data()[2] = NAN;
    write_safetensors(place / "nan.safetensors", weights);
    config["init"]["weights"] = (place / "nan.safetensors").string();
    const auto train = [&] { run_small(config, place / "run"); };
    REQUIRE_THROWS_AS(train(), Diverged);
    REQUIRE(contains(error_of(train),
                     "the loss is not finite in step 1 (epoch 1, learning rate 0.02); the first layer whose "
                     "output is not finite is 1 (BatchNorm2d)"));
    REQUIRE_FALSE(std::filesystem::exists(place / "run/model.safetensors"));
}

TEST_CASE("a learning rate beyond reason ends in an error and in no model", "[run]") {
    const Place place;
    Json config = place.config();
    config["optim"]["lr"] = 1e30;
    REQUIRE(contains(error_of([&] { run_small(config, place / "run"); }),
                     "the first layer whose output is not finite is "));
    REQUIRE_FALSE(std::filesystem::exists(place / "run/model.safetensors"));
}

TEST_CASE("an unfinished run is not overwritten, a finished one is", "[run]") {
    const Place place;
    Listener listener(3);
    run_small(place.config(), place / "run", listener);
    REQUIRE(contains(error_of([&] { run_small(place.config(), place / "run"); }),
                     "holds a run that is not finished (0 of 2 epochs): --resume continues it"));
    Listener second;
    run_small(place.config(), place / "run", second, true);
    replace_file(place / "run/notes.txt", "mine");
    Json config = place.config();
    config["seed"] = 2;
    config["train"]["epochs"] = 1;
    REQUIRE(run_small(config, place / "run").finished);
    REQUIRE(read_metrics(place / "run").size() == 1);
    REQUIRE(read_file(place / "run/notes.txt") == "mine");
}

TEST_CASE("resuming where nothing began begins, and where all is done does nothing", "[run]") {
    const Place place;
    Listener first, second;
    REQUIRE(run_small(place.config(), place / "run", first, true).finished);
    REQUIRE(contains(first.messages, "there is no checkpoint"));
    const RunResult again = run_small(place.config(), place / "run", second, true);
    REQUIRE(again.finished);
    REQUIRE(again.metrics.size() == 2);
    REQUIRE(second.steps == 0);
    REQUIRE(contains(second.messages, "is finished"));
}

TEST_CASE("an out folder that cannot be made and data that cannot be found are named", "[run]") {
    const Place place;
    replace_file(place / "file", "");
    REQUIRE(contains(error_of([&] { run_small(place.config(), place / "file" / "run"); }), "cannot create the folder"));
    REQUIRE(contains(error_of([&] { run_small(place.config(), place / "file"); }), "cannot create the folder"));
    REQUIRE(contains(error_of([&] { run_small(small_config(place / "nowhere"), place / "run"); }), "nowhere"));
}
