#include "lab/run/run.h"

#include <cmath>
#include <sstream>

#include "framework/state.h"
#include "framework/support/files.h"
#include "lab/run/former_run.h"
#include "lab/run/step_log.h"
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

// A run that was stopped after nine steps and goes on with other threads ends like one that was not.
void require_same_when_resumed(const Place& place, Json config) {
    run_small(config, place / "whole");
    Listener first(9), second;
    REQUIRE_FALSE(run_small(config, place / "run", first).finished);
    config["train"]["threads"] = 2;
    REQUIRE(run_small(config, place / "run", second, true).finished);
    require_same_results(place / "run", place / "whole");
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
    REQUIRE(evaluation.loss == metrics[1].test->loss);
    REQUIRE(evaluation.accuracy == metrics[1].test->accuracy);
    REQUIRE(evaluation.logits.shape() == Shape{20, 4});
    for (const auto& entry : std::filesystem::directory_iterator(place / "run"))
        REQUIRE_FALSE(contains(entry.path().string(), "unfinished"));
}

TEST_CASE("training learns the small set", "[run]") {
    const Place place;
    Json config = place.config();
    config["data"].erase("augment");
    config["train"]["epochs"] = 20;
    REQUIRE(run_small(config, place / "run").metrics.back().test->accuracy > 0.7);  // chance is 0.25
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
    require_same_when_resumed(place, config);
}

TEST_CASE("batch renorm's limits are a matter of the run's length, not of its steps", "[run]") {
    struct Limits : Listener {
        using Listener::Listener;
        void epoch(const EpochMetrics&, const Model& model, const ImageSet&, const Evaluation&) override {
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

TEST_CASE("a recipe with all that makes a run fast is resumed bit for bit, with other threads too", "[run]") {
    const Place place;
    Json config = place.config();
    config["data"]["augment"] = Json::parse(R"([{"type": "horizontal_flip", "alternate": true}, "translate"])");
    config["data"]["test_flip"] = true;
    config["data"]["mixup"] = 0.4;
    config["model"]["layers"] = Json::parse(R"([{"type": "conv2d", "out": 8, "kernel": 2, "bias": false},
        {"type": "relu"}, {"type": "conv2d", "out": 12, "padding": 1, "init": "dirac"}, {"type": "norm"},
        {"type": "relu"}, {"type": "flatten"}, {"type": "linear"}])");
    config["init"]["whiten"] = {"0"};
    config["freeze"] = {"0"};
    config["schedule"] = {{"type", "one_cycle"}, {"anneal_strategy", "linear"}};
    require_same_when_resumed(place, config);
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

namespace {

std::vector<std::pair<Index, Index>> places(const std::vector<EpochMetrics>& metrics) {
    std::vector<std::pair<Index, Index>> all;
    for (const EpochMetrics& each : metrics) all.emplace_back(each.epoch, each.step);
    return all;
}
using Places = std::vector<std::pair<Index, Index>>;

}  // namespace

TEST_CASE("a run is as long as train.steps says and is tested as often as train.test_every says", "[run]") {
    const Place place;  // seven steps an epoch
    Json config = place.config();
    config["train"]["steps"] = 10;
    CHECK(places(run_small(config, place / "steps").metrics) == Places{{1, 7}, {1, 10}});
    config["train"]["test_every"] = 4;
    Listener listener;
    CHECK(places(run_small(config, place / "often", listener).metrics) == Places{{0, 4}, {1, 8}, {1, 10}});
    CHECK(listener.last.epochs == 0);
    CHECK(listener.last.step == 10);
    CHECK(listener.last.steps == 10);
    CHECK(listener.epochs.size() == 3);
    const Json written = Json::parse(read_file(place / "often/config.json"));
    CHECK(written["train"]["epochs"].is_null());
    CHECK(written["train"]["steps"] == 10);
    config["train"].erase("steps");
    CHECK(places(run_small(config, place / "epochs").metrics) == Places{{0, 4}, {1, 8}, {1, 12}, {2, 14}});
    config["train"]["test_every"] = 100;
    CHECK(places(run_small(config, place / "once").metrics) == Places{{2, 14}});
}

TEST_CASE("what a line says of training is of the steps since the line before", "[run]") {
    const Place place;
    Json config = place.config();
    config["train"]["epochs"] = 1;
    const EpochMetrics whole = run_small(config, place / "whole").metrics[0];
    config["train"]["test_every"] = 3;
    const auto parts = run_small(config, place / "parts").metrics;
    REQUIRE(places(parts) == Places{{0, 3}, {0, 6}, {1, 7}});
    const double loss = (24 * parts[0].train_loss + 24 * parts[1].train_loss + 2 * parts[2].train_loss) / 50;
    CHECK(near(loss, whole.train_loss, 1e-12));
    CHECK(parts[2].test->loss == whole.test->loss);
}

TEST_CASE("tests change nothing that is learned, nor does the way in which a run's length is given", "[run]") {
    const Place place;
    const auto weights = [&](const Json& train) {
        Json config = place.config();
        config["train"] = train;
        const auto folder = place / ("run of " + train.dump());
        run_small(config, folder);
        State state = read_safetensors(folder / "model.safetensors");
        state.metadata.clear();
        write_safetensors(place / "weights", state);
        return read_file(place / "weights");
    };
    const std::string two_epochs = weights({{"epochs", 2}});
    CHECK(weights({{"steps", 14}}) == two_epochs);
    CHECK(weights({{"epochs", 2}, {"test_every", 3}, {"freeze_norm_after", 5}}) == two_epochs);
    CHECK(weights({{"steps", 14}, {"test_every", 5}, {"threads", 2}}) == two_epochs);
    const std::string frozen = weights({{"epochs", 2}, {"freeze_norm_after", 1}});
    CHECK(frozen != two_epochs);
    CHECK(weights({{"steps", 14}, {"freeze_norm_after", 1}, {"test_every", 3}}) == frozen);
}

TEST_CASE("a run of steps that was stopped after any of them, or killed, goes on bit for bit", "[run]") {
    const Place place;
    Json config = place.config();
    config["train"] = {{"steps", 10}, {"test_every", 4}, {"checkpoint_every", 3}, {"threads", 1}};
    config["optim"]["groups"] = {{{"params", {"1.weight"}}, {"l1", 0.01}, {"weight_decay", 0}, {"nonnegative", true}},
                                 {{"params", {"0.weight"}}, {"lr", 0.02}, {"orthogonal", true}}};
    run_small(config, place / "whole");
    bool finished = false;
    for (int threads = 2; !finished; threads = 3 - threads) {
        config["train"]["threads"] = threads;
        Listener listener(1);
        finished = run_small(config, place / "stopped", listener, true).finished;
        if (!finished)
            CHECK(
                contains(error_of([&] { run_small(config, place / "stopped"); }), " of 10 steps): --resume continues"));
    }
    require_same_results(place / "stopped", place / "whole");
    Listener again;
    REQUIRE(run_small(config, place / "stopped", again, true).finished);
    CHECK(contains(again.messages, "is finished; a larger train.steps continues it"));

    struct Killer : Listener {
        using Listener::Listener;
        void step(const Progress& progress) override {
            Listener::step(progress);
            if (stop) throw Error("killed");
        }
    };
    for (const Index kill_at : {4, 5, 8, 10}) {
        const auto out = place / ("killed" + std::to_string(kill_at));
        Killer killer(kill_at);
        REQUIRE_THROWS(run_small(config, out, killer));
        Listener listener;
        run_small(config, out, listener, true);
        CHECK(contains(listener.messages, "resumed at step " +
                                              std::to_string(kill_at == 4   ? 3
                                                             : kill_at == 5 ? 4
                                                             : kill_at == 8 ? 6
                                                                            : 9) +
                                              " of 10"));
        require_same_results(out, place / "whole");
    }
}

TEST_CASE("more steps continue a finished run", "[run]") {
    const Place place;
    Json config = place.config();
    config["schedule"] = {{"type", "constant"}};
    config["train"] = {{"steps", 12}, {"test_every", 4}, {"threads", 1}};
    run_small(config, place / "whole");
    config["train"]["steps"] = 8;
    run_small(config, place / "run");
    config["train"]["steps"] = 12;
    Listener listener;
    run_small(config, place / "run", listener, true);
    CHECK(contains(listener.messages, "train.steps 8 -> 12"));
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
        REQUIRE(std::abs(large.metrics[i].test->loss / accumulated.metrics[i].test->loss - 1) < 1e-5);
}

TEST_CASE("the best model is that of the epoch with the highest test accuracy", "[run]") {
    const Place place;
    Json config = place.config();
    config["train"]["epochs"] = 6;
    const auto metrics = run_small(config, place / "run").metrics;
    Model best = load_model(place / "run/best.safetensors");
    const Split split = load(best.config.data.source);
    double highest = 0;
    for (const EpochMetrics& each : metrics) highest = std::max(highest, each.test->accuracy);
    REQUIRE(evaluate(*best.module, split.test, best.scale).accuracy == highest);
}

TEST_CASE("with validation images a run is judged by them, and looks at the test set once, in the end", "[run]") {
    const Place place;
    Json config = place.config();
    config["data"]["validation"] = 0.2;
    config["train"]["epochs"] = 6;
    const auto metrics = run_small(config, place / "run").metrics;
    const Model last = load_model(place / "run/model.safetensors"), best = load_model(place / "run/best.safetensors");
    const Split split = load(last.config.data.source);
    REQUIRE(split.train.size() + split.validation.size() == 50);
    for (std::size_t i = 0; i < 5; ++i) REQUIRE((metrics[i].validation && !metrics[i].test && !metrics[i].best_test));
    const auto is_of = [&](const std::optional<Score>& score, const Model& model, const ImageSet& images) {
        const Evaluation evaluation = evaluate(*model.module, images, model.scale);
        return score && score->loss == evaluation.loss && score->accuracy == evaluation.accuracy;
    };
    CHECK(is_of(metrics[5].validation, last, split.validation));
    CHECK(is_of(metrics[5].test, last, split.test));
    CHECK(is_of(best_of(metrics)->validation, best, split.validation));
    CHECK(is_of(metrics[5].best_test, best, split.test));
    const std::string lines = read_file(place / "run/metrics.jsonl");
    CHECK(lines.find("\"test_loss\"") > lines.find("\"epoch\":6"));
    CHECK(contains(lines, "\"val_accuracy\""));
    CHECK(contains(lines, "\"best_test_accuracy\""));
}

TEST_CASE("a run ends early after so many tests without a better result on the validation images", "[run]") {
    const Place place;
    Json config = place.config();
    config["data"]["validation"] = 0.2;
    config["model"]["norm"] = "none";
    config["optim"]["lr"] = 0;  // nothing becomes better
    config["train"]["epochs"] = 9;
    config["train"]["early_stop"] = 2;
    Listener first, again;
    const RunResult result = run_small(config, place / "run", first);
    CHECK(result.finished);
    CHECK(result.metrics.size() == 3);
    CHECK(result.metrics.back().test);
    CHECK(contains(first.messages, "stopped early: no better result on the validation images in 2 tests"));
    CHECK(former_run({place / "run"})->finished);
    CHECK(run_small(config, place / "run", again, true).metrics.size() == 3);
    CHECK(again.steps == 0);
    config["data"]["validation"] = 0;
    CHECK(contains(error_of([&] { parse_config(config); }), "train.early_stop: needs data.validation"));
}

TEST_CASE("the metrics are there as a table, too, with a column for all that a line has", "[run]") {
    const Place place;
    Json config = place.config();
    config["data"]["validation"] = 0.2;
    run_small(config, place / "run");
    const std::string table = read_file(place / "run/metrics.csv");
    CHECK(table.starts_with("epoch,step,lr,train_loss,train_accuracy,val_loss,val_accuracy,test_loss,test_accuracy,"));
    std::istringstream lines(table);
    std::string line;
    for (int commas = -1; std::getline(lines, line);) {
        const auto here = static_cast<int>(std::ranges::count(line, ','));
        CHECK((commas == -1 || commas == here));
        commas = here;
    }
    CHECK(contains(table, "\n2,"));
    CHECK(std::ranges::count(table, '\n') == 3);
}

TEST_CASE("the losses of single steps are kept, the same wherever the run was stopped", "[run]") {
    const Place place;
    Json config = place.config();
    config["train"]["log_every"] = 2;
    config["train"]["accumulate"] = 2;
    run_small(config, place / "whole");
    Listener first(3), second;
    run_small(config, place / "run", first);
    run_small(config, place / "run", second, true);
    const std::string text = read_file(place / "whole/steps.csv");
    CHECK(text == read_file(place / "run/steps.csv"));
    const std::vector<StepLoss> losses = read_steps(place / "whole");
    CHECK(losses.size() == 5);  // of 8 steps: 1, 2, 4, 6, 8
    CHECK(losses.back().step == 8);
}

TEST_CASE("the scale of the pixels comes from the images that are learned from", "[run]") {
    const Place place;
    Json config = place.config();
    config["data"]["validation"] = 0.5;
    run_small(config, place / "run");
    const Model model = load_model(place / "run/model.safetensors");
    REQUIRE(to_json(model.scale) == to_json(scale_of(load(model.config.data.source).train)));
    config["data"].erase("validation");
    run_small(config, place / "all");
    REQUIRE(to_json(load_model(place / "all/model.safetensors").scale) != to_json(model.scale));
}

TEST_CASE("a run with validation images goes on bit for bit wherever it was stopped or killed", "[run]") {
    const Place place;
    Json config = place.config();
    config["data"]["validation"] = 0.2;
    config["train"] = {{"epochs", 4}, {"threads", 1}, {"checkpoint_every", 3}};
    run_small(config, place / "whole");
    for (const Index stop_at : {1, 5, 14, 19}) {
        const auto out = place / std::to_string(stop_at);
        Listener first(stop_at), second;
        run_small(config, out, first);
        run_small(config, out, second, true);
        require_same_results(out, place / "whole");
    }
}

TEST_CASE("without the file of the best weights a run ends, and says that they are not tested", "[run]") {
    struct Remover : Listener {
        explicit Remover(std::filesystem::path path) : file(std::move(path)) {}
        void epoch(const EpochMetrics& metrics, const Model&, const ImageSet&, const Evaluation&) override {
            std::filesystem::remove(file);
            last_line = metrics;
        }
        std::filesystem::path file;
        EpochMetrics last_line;
    };
    const Place place;
    Json config = place.config();
    config["data"]["validation"] = 0.2;
    config["optim"]["lr"] = 0;  // no epoch is better than the first
    config["data"].erase("augment");
    config["model"]["norm"] = "none";
    Remover remover(place / "run/best.safetensors");
    REQUIRE(run_small(config, place / "run", remover).finished);
    REQUIRE(contains(remover.messages, "the best weights are not tested: "));
    REQUIRE(remover.last_line.test);
    REQUIRE_FALSE(remover.last_line.best_test);
}

TEST_CASE("a run that is given no test images has no test in its last line", "[run]") {
    const Place place;
    Json json = place.config();
    json["data"]["validation"] = 0.2;
    const Config config = parse_config(json);
    Split split = load(config.data.source);
    split.test = {};
    Observer nobody;
    const RunResult result = run_training(config, split, {.out = place / "run"}, nobody);
    REQUIRE(result.finished);
    REQUIRE(result.metrics.back().validation);
    REQUIRE_FALSE(result.metrics.back().test);
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
    const double plain = run_small(place.config(), place / "plain").metrics.back().test->loss;
    const auto [section, key, value] =
        GENERATE(table<std::string, std::string, Json>({{"train", "clip_grad_norm", 0.1},
                                                        {"train", "label_smoothing", 0.2},
                                                        {"optim", "decay_norm_and_bias", false},
                                                        {"optim", "type", "adam"}}));
    Json config = place.config();
    config[section][key] = value;
    REQUIRE(run_small(config, place / "other").metrics.back().test->loss != plain);
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

TEST_CASE("no run is cleared unasked, whether it is finished or not or cannot be read", "[run]") {
    const Place place;
    const RunFolder folder{place / "run"};
    const auto refusal = [&] { return error_of([&] { run_small(place.config(), folder.path); }); };
    Listener listener(3), second;
    run_small(place.config(), folder.path, listener);
    CHECK(contains(refusal(), "holds a run that is not finished (0 of 2 epochs): --resume continues it, --overwrite"));
    run_small(place.config(), folder.path, second, true);
    CHECK(contains(refusal(), "holds a finished run: --resume continues it, --overwrite replaces it, another --out"));
    for (const auto& file : {folder.checkpoint(), folder.previous_checkpoint()}) replace_file(file, "damaged");
    CHECK(contains(refusal(), "holds a run that cannot be read ([run] no checkpoint in "));
    for (const auto& file : {folder.checkpoint(), folder.previous_checkpoint()}) std::filesystem::remove(file);
    CHECK(contains(refusal(), "holds a model: "));

    replace_file(place / "run/notes.txt", "mine");
    Json config = place.config();
    config["train"]["epochs"] = 1;
    Observer nobody;
    CHECK(run_training(parse_config(config), {.out = folder.path, .overwrite = true}, nobody).finished);
    CHECK(read_metrics(folder.path).size() == 1);
    CHECK(read_file(place / "run/notes.txt") == "mine");
}

TEST_CASE("a warm-up as long as the run ends with it, and the run says so", "[run]") {
    const Place place;
    Json config = place.config();
    config["schedule"] = {{"type", "constant"}, {"warmup_epochs", 5}};
    Listener listener;
    run_small(config, place / "run", listener);
    CHECK(contains(listener.messages, "schedule.warmup_epochs is no shorter than the run"));
    CHECK(listener.epochs.back().lr == config["optim"]["lr"]);
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

TEST_CASE("accumulate_exact learns from several batches what it learns from one of their size", "[run]") {
    const Place place;
    Json parts = place.config(), whole = place.config();
    whole["data"]["batch_size"] = 24;  // of 50 images: 24, 24, 2
    parts["train"]["accumulate"] = 3, parts["train"]["accumulate_exact"] = true;
    run_small(whole, place / "whole");
    run_small(parts, place / "parts");
    const State a = read_safetensors(place / "parts/model.safetensors"),
                b = read_safetensors(place / "whole/model.safetensors");
    for (std::size_t i = 0; i < a.tensors.size(); ++i) REQUIRE(same_bits(a.tensors[i].tensor, b.tensors[i].tensor));
    parts["train"]["accumulate_exact"] = false;
    run_small(parts, place / "inexact");
    const State c = read_safetensors(place / "inexact/model.safetensors");
    REQUIRE_FALSE(same_bits(c.tensors[0].tensor, b.tensors[0].tensor));
}
