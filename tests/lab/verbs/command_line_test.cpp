#include <sys/stat.h>

#include <chrono>
#include <map>
#include <sstream>
#include <thread>

#include "framework/safetensors.h"
#include "framework/support/json_reader.h"
#include "lab/run/run_lock.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/tiny_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

std::string last_line(const std::string& text) {
    const std::size_t end = text.find_last_not_of('\n'), start = text.find_last_of('\n', end);
    return text.substr(start == std::string::npos ? 0 : start + 1, end - start);
}

bool has_control_characters(const std::string& text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c < ' ' && c != '\n'; });
}

void train_briefly(const TinyRun& tiny) {
    const Ended trained = run_normlab(tiny.path(), {"train", "tiny.json", "--set", "train.epochs=3"});
    INFO(trained.err);
    REQUIRE(trained.status == 0);
}

std::string trained_without_a_break(const TinyRun& tiny) {
    REQUIRE(run_normlab(tiny.path(), {"train", "tiny.json", "--out", "whole", "--quiet"}).status == 0);
    return read_file(tiny / "whole/model.safetensors");
}

void sleep_ms(double milliseconds) {
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(milliseconds));
}

}  // namespace

TEST_CASE("what is wrong with a command line is said in a line, with status 2", "[command line]") {
    using Words = std::vector<std::string>;
    const TinyRun tiny;
    replace_file(tiny / "broken.json", "{\n  \"train\": {\"epoch\": 3}\n}\n");
    replace_file(tiny / "sweep.json", "{\n  \"axes\": {\n    \"model.norm\": [\"batch\", \"bacth\"]}\n}\n");
    replace_file(tiny / "no.json", "{\n  \"train\": {\"epochs\": 3,}\n}\n");
    const auto [arguments, error] = GENERATE(table<Words, std::string>({
        {{"trian"}, "there is no verb \"trian\"; did you mean \"train\"?"},
        {{"train", "--treads", "2"}, "train: there is no option \"--treads\"; did you mean \"--threads\"? (see"},
        {{"train", "--threads", "0"}, "--threads: expected a whole number of at least 1, got 0"},
        {{"train", "--threads", "1025"}, "--threads: expected at most 1024, got 1025"},
        {{"train", "--threads", "two"}, "--threads: expected a whole number of at least 1, got two"},
        {{"train", "nowhere.json"}, "there is no config nowhere.json"},
        {{"train", "broken.json"}, "broken.json:2: train.epoch: unknown key; did you mean \"epochs\"?"},
        {{"train", "no.json"}, "no.json:2:25: not JSON: no comma may follow the last entry"},
        {{"train", "--set", "optim.lr=-1"}, "optim.lr: must be at least 0, got -1"},
        {{"train", "--set", "optim.lr"}, "expected KEY=VALUE, as in optim.lr=0.2"},
        {{"train", "tiny.json", "--set", "model.norm=bacth"}, "did you mean \"batch\"?"},
        {{"eval"}, "eval: MODEL is required"},
        {{"eval", "nowhere.safetensors"}, "there is no model nowhere.safetensors"},
        {{"predict", "nowhere.safetensors", "a.png"}, "there is no model nowhere.safetensors"},
        {{"summary", "nowhere"}, "there is no config or model nowhere"},
        {{"summary", "broken.json"}, "broken.json:2: train.epoch: unknown key"},
        {{"bench"}, "bench needs either --net or --config"},
        {{"bench", "--net", "resnet"}, "unknown value \"resnet\"; did you mean"},
        {{"bench", "--net", "lenet", "--norm", "bach"}, "did you mean \"batch\"?"},
        {{"bench", "--net", "lenet", "--mode", "trian"}, "did you mean \"train\"?"},
        {{"data", "mnits"}, "there is no data set \"mnits\"; did you mean \"mnist\"?"},
        {{"data", "digits"}, "digits is made by the program itself: there is nothing to download"},
        {{"eval", "set"}, "the folder set has no model.safetensors: it is no run's, or the run has not come to"},
        {{"summary", "set"}, "the folder set has no model.safetensors"},
        {{"compare"}, "compare: CONFIG is required"},
        {{"compare", "nowhere.json"}, "there is no config nowhere.json"},
        {{"compare", "sweep.json"}, "sweep.json:3: axes.model.norm[1]: model.norm.type: unknown value \"bacth\""},
        {{"report", "nowhere"}, "there is no folder nowhere"},
        {{"report", "set"}, "set is no run's folder"},
    }));
    const Ended outcome = run_normlab(tiny.path(), arguments);
    INFO(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(contains(outcome.err, error));
    CHECK(outcome.err.starts_with("normlab: "));
    CHECK(std::ranges::count(outcome.err, '\n') == 1);
    CHECK(outcome.out.empty());
}

TEST_CASE("work that fails says why, with status 1", "[command line]") {
    using Words = std::vector<std::string>;
    const TinyRun tiny;
    replace_file(tiny / "not-a-folder", "");
    replace_file(tiny / "not-a-model.safetensors", "hello, I am a text");
    replace_file(tiny / "picture.png", "hello, I am a text");
    write_safetensors(tiny / "foreign.safetensors", {.tensors = {{"w", Tensor::zeros({2, 2})}}});
    replace_file(tiny / "pickle.pt", "PK\x03\x04 and more of an archive");
    REQUIRE(::mkfifo((tiny / "pipe").c_str(), 0600) == 0);
    train_briefly(tiny);
    const std::vector<std::pair<Words, std::string>> cases = {
        {{"train", "--set", "data.name=cifar10"}, "normlab data cifar10"},
        {{"train", "tiny.json", "--out", "not-a-folder/run"}, "not-a-folder/run"},
        {{"eval", "not-a-model.safetensors"}, "not-a-model.safetensors is not a safetensors file"},
        {{"eval", "foreign.safetensors"}, "was not written by normlab"},
        {{"eval", "pickle.pt"}, "save_file(torch.load(\"pickle.pt\", weights_only=True), \"pickle.safetensors\")'"},
        {{"summary", "pickle.pt"}, "pickle.pt was written by torch.save"},
        {{"eval", "pipe"}, "pipe is a device or a pipe; expected a file"},
        {{"eval", "runs/tiny", "--dir", "empty"}, "empty"},
        {{"eval", "runs/tiny", "--data", "shapes"}, "shapes have shape (3,32,32), the model was made for (1,8,8)"},
        {{"eval", "runs/tiny", "--save-logits", "no/logits"}, "cannot create no/"},
        {{"eval", "runs/tiny", "--save-logits", "set"}, "cannot write set: it is a directory; name a file in it"},
        {{"eval", "runs/tiny/checkpoint.safetensors"}, "its model is model.safetensors in the same folder"},
        {{"predict", "runs/tiny", "picture.png"}, "picture.png"},
        {{"train", "tiny.json", "--out", "runs/hot", "--set", "optim.lr=1e30"}, "is not finite in step"},
    };
    for (const auto& [arguments, error] : cases) {
        const Ended outcome = run_normlab(tiny.path(), arguments);
        INFO(outcome.err);
        CHECK(outcome.status == 1);
        CHECK(contains(outcome.err, error));
        CHECK(outcome.err.starts_with("normlab: "));
        CHECK(std::ranges::count(outcome.err, '\n') <= 2);
    }
}

TEST_CASE("work that cannot begin for want of images leaves no folder behind", "[command line]") {
    const TinyRun tiny;
    replace_file(tiny / "sweep.json", R"({"base": "tiny.json", "axes": {"seed": [1, 2]}})");
    replace_file(tiny / "tuned.json",
                 R"({"base": "tiny.json", "set": {"data.validation": 0.4}, "axes": {"seed": [1, 2]},
                                          "tune": {"axes": {"optim.lr": [0.1, 0.2]}}})");
    const auto leaves_nothing = [&](const std::string& verb, const std::string& config) {
        const Ended outcome =
            run_normlab(tiny.path(), {verb, config, "--set", "data.dir=nowhere", "--out", "made/here"});
        INFO(outcome.err);
        CHECK(outcome.status == 1);
        CHECK(contains(outcome.err, "nowhere"));
        return !std::filesystem::exists(tiny / "made/here");
    };
    CHECK(leaves_nothing("train", "tiny.json"));
    CHECK(leaves_nothing("compare", "sweep.json"));
    CHECK(leaves_nothing("compare", "tuned.json"));
}

TEST_CASE("help fits 80 columns and shows an example", "[command line]") {
    const auto verb = GENERATE(as<std::string>{}, "", "train", "compare", "eval", "bn", "doctor", "predict", "export",
                               "summary", "bench", "data", "report", "schema", "runs", "lr", "look", "completion");
    const TemporaryFolder folder;
    const Ended outcome = run_normlab(
        folder.path(), verb.empty() ? std::vector<std::string>{"--help"} : std::vector<std::string>{verb, "--help"});
    REQUIRE(outcome.status == 0);
    REQUIRE(outcome.err.empty());
    REQUIRE(contains(outcome.out, "normlab " + verb));
    REQUIRE(contains(outcome.out, "example"));
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) REQUIRE(line.size() < 80);
}

TEST_CASE("the option --version says the version, and without a verb the help is shown as an error", "[command line]") {
    const TemporaryFolder folder;
    REQUIRE(run_normlab(folder.path(), {"--version"}).out.starts_with("normlab "));
    const Ended outcome = run_normlab(folder.path(), {});
    REQUIRE(outcome.status == 2);
    REQUIRE(contains(outcome.err, "usage: normlab VERB"));
}

TEST_CASE("a reader that goes away ends the program quietly, a full disk does not", "[command line]") {
    const TinyRun tiny;
    const std::string normlab = NORMLAB_PROGRAM;
    REQUIRE(run(tiny.path(), {"sh", "-c", normlab + " summary tiny.json | head -n 1"}).err.empty());
    const Ended full = run(tiny.path(), {"sh", "-c", normlab + " summary tiny.json > /dev/full"});
    REQUIRE(full.status == 1);
    REQUIRE(full.err == "normlab: cannot write the output; is there room on its disk?\n");
}

TEST_CASE("a run shows a line for each epoch, and its model can be used", "[command line]") {
    const TinyRun tiny;
    const Ended trained =
        run_normlab(tiny.path(), {"train", "tiny.json", "--set", "train.epochs=6", "--set", "optim.lr=0.1"});
    INFO(trained.out << trained.err);
    REQUIRE(trained.status == 0);
    REQUIRE(trained.err.empty());
    REQUIRE_FALSE(has_control_characters(trained.out));
    REQUIRE(contains(trained.out, "epoch 6/6  loss "));
    REQUIRE(contains(trained.out, "runs/tiny/model.safetensors"));
    REQUIRE(contains(trained.out, "runs/tiny/report.html"));
    for (const char* file : {"config.json", "metrics.jsonl", "model.safetensors", "best.safetensors", "report.html"})
        REQUIRE(std::filesystem::exists(tiny / "runs/tiny" / file));

    SECTION("eval finds the accuracy of the last epoch") {
        const Ended outcome = run_normlab(tiny.path(), {"eval", "runs/tiny", "--json", "--save-logits", "logits"});
        REQUIRE(outcome.status == 0);
        const Json result = Json::parse(last_line(outcome.out));
        const EpochMetrics last = read_metrics(tiny / "runs/tiny").back();
        REQUIRE(result["accuracy"] == last.test->accuracy);
        REQUIRE(result["loss"] == last.test->loss);
        REQUIRE(result["count"] == 20);
        const State logits = read_safetensors(tiny / "logits");
        REQUIRE(logits.tensors.at(0).name == "logits");
        REQUIRE(logits.tensors.at(0).tensor.shape() == Shape{20, 4});
        const Ended text = run_normlab(tiny.path(), {"eval", "runs/tiny/model.safetensors", "--batch", "3"});
        REQUIRE(contains(text.out, "mostly taken for"));
        REQUIRE(contains(text.out, "folder: loss "));
    }
    SECTION("predict reads images of any size") {
        replace_file(tiny / "a.pgm", "P5 40 30 255\n" + std::string(1200, '\x80'));
        const Ended outcome = run_normlab(tiny.path(), {"predict", "runs/tiny", "a.pgm", "a.pgm", "--top", "2"});
        REQUIRE(outcome.status == 0);
        REQUIRE(std::ranges::count(outcome.out, '\n') == 2);
        REQUIRE(std::ranges::count(outcome.out, '%') == 4);
        const Ended json = run_normlab(tiny.path(), {"predict", "runs/tiny", "a.pgm", "--json", "--top", "99"});
        double sum = 0;
        const Json said = Json::parse(json.out);
        for (const Json& guess : said["images"][0]["top"]) sum += guess["probability"].get<double>();
        REQUIRE(std::abs(sum - 1) < 1e-6);
    }
    SECTION("summary counts the same in the config and in the model") {
        const Ended config = run_normlab(tiny.path(), {"summary", "tiny.json"});
        REQUIRE(config.status == 0);
        REQUIRE(contains(config.out, "tiny: images (1,8,8), 4 classes"));
        REQUIRE(run_normlab(tiny.path(), {"summary", "runs/tiny"}).out == config.out);
    }
    SECTION("the report can be written again") {
        std::filesystem::remove(tiny / "runs/tiny/report.html");
        REQUIRE(run_normlab(tiny.path(), {"report", "runs/tiny"}).status == 0);
        REQUIRE(std::filesystem::exists(tiny / "runs/tiny/report.html"));
    }
    SECTION("--quiet says nothing") {
        const Ended quiet = run_normlab(tiny.path(), {"train", "tiny.json", "--quiet", "--out", "q"});
        REQUIRE(quiet.status == 0);
        REQUIRE(quiet.out + quiet.err == "");
    }
}

TEST_CASE("without --out the next run goes beside a finished one, and --resume finds the last", "[command line]") {
    const TinyRun tiny;
    const auto train = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"train", "tiny.json", "--set", "train.epochs=2"});
        return run_normlab(tiny.path(), words);
    };
    REQUIRE(train({}).status == 0);
    const std::string first = read_file(tiny / "runs/tiny/model.safetensors");
    const Ended second = train({"--set", "seed=2"});
    CHECK(second.out.starts_with("runs/tiny holds a finished run: this one goes to runs/tiny-2\n"));
    CHECK(contains(second.out, "  model   runs/tiny-2/model.safetensors"));
    CHECK(train({"--quiet"}).status == 0);
    CHECK(std::filesystem::exists(tiny / "runs/tiny-3/model.safetensors"));
    CHECK(read_file(tiny / "runs/tiny/model.safetensors") == first);
    const Ended resumed = train({"--resume", "--set", "train.epochs=3"});
    CHECK(resumed.out.starts_with("resuming runs/tiny-3\n"));
    const Ended named = train({"--out", "runs/tiny"});
    CHECK(named.status == 1);
    CHECK(contains(named.err, "runs/tiny holds a finished run: --resume continues it, --overwrite replaces it"));
    CHECK(train({"--overwrite", "--set", "seed=2", "--quiet"}).status == 0);
    CHECK(read_file(tiny / "runs/tiny/model.safetensors") == read_file(tiny / "runs/tiny-2/model.safetensors"));
    CHECK(train({"--overwrite", "--resume"}).status == 2);
}

TEST_CASE("the layers of a net on images that are not there are shown, for ten classes", "[command line]") {
    const TinyRun tiny;
    const Ended shown =
        run_normlab(tiny.path(), {"summary", "tiny.json", "--set", "data.dir=nowhere", "--set", "model.norm=group"});
    CHECK(contains(shown.out, "10 classes (assumed: the folder of images is not there)"));
    CHECK(contains(shown.out, "GroupNorm"));
    CHECK(run_normlab(tiny.path(), {"bench", "--config", "tiny.json", "--set", "data.dir=nowhere", "--steps", "1"})
              .status == 0);
    train_briefly(tiny);
    const Ended model = run_normlab(tiny.path(), {"summary", "runs/tiny", "--set", "model.norm=group"});
    CHECK(model.err == "normlab: --set: runs/tiny is a model, which is as it is\n");
}

TEST_CASE("where a data set cannot be fetched, its files and their sums are named", "[command line]") {
    const TinyRun tiny;
    const Ended outcome = run_normlab(tiny.path(), {"data", "mnist", "--mirror", "file:///nowhere"});
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.err,
                   "\nBy hand: place in data/mnist, from file:///nowhere, with these SHA-256,\n"
                   "  train-images-idx3-ubyte.gz  440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca"));
}

TEST_CASE("a config with the weights of a file is as good as the model", "[command line]") {
    const TinyRun tiny;
    train_briefly(tiny);
    State state = read_safetensors(tiny / "runs/tiny/model.safetensors");
    state.metadata.clear();
    write_safetensors(tiny / "foreign.safetensors", state);
    const auto evaluated = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "eval");
        words.emplace_back("--json");
        return run_normlab(tiny.path(), words).out;
    };
    const std::string own = evaluated({"runs/tiny"});
    CHECK(contains(own, "\"accuracy\""));
    CHECK(evaluated({"tiny.json", "--weights", "foreign.safetensors"}) == own);
    const Ended absent = run_normlab(tiny.path(), {"eval", "tiny.json", "--weights", "absent"});
    CHECK(absent.status == 2);
    CHECK(absent.err == "normlab: there is no file absent\n");
}

TEST_CASE("the runs in a folder are listed, the newest first, a comparison as one", "[command line]") {
    const TinyRun tiny;
    train_briefly(tiny);
    replace_file(tiny / "sweep.json", R"({"base": "tiny.json", "set": {"train.epochs": 1}, "axes": {"seed": [1, 2]}})");
    REQUIRE(run_normlab(tiny.path(), {"compare", "sweep.json", "--out", "runs/both", "--quiet"}).status == 0);
    const Ended listed = run_normlab(tiny.path(), {"runs", "--html", "runs/index.html"});
    CHECK(listed.out.starts_with("run "));
    CHECK(contains(listed.out, "comparison of 2 runs"));
    CHECK(contains(listed.out, "layers  batch"));
    CHECK(contains(read_file(tiny / "runs/index.html"), "href=\"tiny/report.html\""));
    const Json runs = Json::parse(run_normlab(tiny.path(), {"runs", "--json"}).out)["runs"];
    REQUIRE(runs.size() == 2);
    for (const Json& run : runs)
        if (run["run"] == "runs/tiny") CHECK(run["state"] == "finished");
}

TEST_CASE("a learning-rate range test shows the loss at each rate, and where to look", "[command line]") {
    const TinyRun tiny;
    const Ended tested = run_normlab(tiny.path(), {"lr", "tiny.json", "--steps", "60", "--html", "lr.html"});
    INFO(tested.err);
    CHECK(tested.status == 0);
    CHECK(contains(tested.out, "        1e-06  "));
    CHECK(contains(tested.out, "The loss falls fastest at a rate of "));
    CHECK(contains(read_file(tiny / "lr.html"), "The loss falls fastest at a rate of "));
    CHECK_FALSE(std::filesystem::exists(tiny / "runs"));
}

TEST_CASE("a look inside shows kernels, maps and saliency on one page", "[command line]") {
    const TinyRun tiny;
    train_briefly(tiny);
    const Ended looked = run_normlab(tiny.path(), {"look", "runs/tiny", "set/test/a/52.pgm", "--html", "look.html"});
    INFO(looked.err);
    CHECK(looked.out == "look.html\n");
    const std::string page = read_file(tiny / "look.html");
    for (const char* part : {"52.pgm, as the model was shown it", "The kernels of 0;", "2 (ReLU): 4 of 4 channels"})
        CHECK(contains(page, part));
    std::size_t pictures = 0;
    for (std::size_t at = page.find("<img "); at != std::string::npos; at = page.find("<img ", at + 1)) ++pictures;
    CHECK(pictures == 2 + 4 + 4);
}

TEST_CASE("a shell completes verbs, options and files", "[command line]") {
    const TinyRun tiny;
    const Ended script = run_normlab(tiny.path(), {"completion", "bash"});
    REQUIRE(script.status == 0);
    const auto completed = [&](const std::string& words, int at) {
        return run(tiny.path(), {"bash", "-c",
                                 script.out + "COMP_WORDS=(" + words + "); COMP_CWORD=" + std::to_string(at) +
                                     "; _normlab; echo ${COMPREPLY[*]}"})
            .out;
    };
    CHECK(completed("normlab tr", 1) == "train\n");
    CHECK(completed("normlab train --th", 2) == "--threads\n");
    CHECK(completed("normlab train --h", 2) == "--help\n");
    CHECK(completed("normlab train ti", 2) == "tiny.json\n");
    CHECK(run_normlab(tiny.path(), {"completion", "zsh"}).out.starts_with("#compdef normlab\n"));
    CHECK(contains(run_normlab(tiny.path(), {"completion", "man"}).out, ".SH train\n.B normlab train [CONFIG]"));
}

TEST_CASE("bench ends with a line of JSON", "[command line]") {
    const TinyRun tiny;
    const auto mode = GENERATE(as<std::string>{}, "train", "infer");
    const Ended outcome = run_normlab(tiny.path(), {"bench", "--config", "tiny.json", "--norm", "group", "--mode", mode,
                                                    "--batch", "4", "--steps", "4", "--warmup", "1", "--threads", "1"});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    const Json result = Json::parse(last_line(outcome.out));
    REQUIRE(result["net"] == "tiny");
    REQUIRE(result["norm"] == "group");
    REQUIRE(result["mode"] == mode);
    REQUIRE(result["batch"] == 4);
    REQUIRE(result["threads"] == 1);
    REQUIRE(result["min_ms"] <= result["ms_per_step"]);
    REQUIRE(result["peak_mib"] > 0);
    REQUIRE(result["images_per_s"] > 0);
}

TEST_CASE("bench with --layers shows a table before its line of JSON", "[command line]") {
    const TinyRun tiny;
    const auto mode = GENERATE(as<std::string>{}, "train", "infer");
    const Ended outcome = run_normlab(tiny.path(), {"bench", "--config", "tiny.json", "--layers", "--mode", mode,
                                                    "--batch", "4", "--steps", "2", "--warmup", "1"});
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
    REQUIRE(outcome.out.starts_with("layer "));
    REQUIRE(contains(outcome.out, "\nThe roof: "));
    REQUIRE(contains(outcome.out, "weight grad") == (mode == "train"));
    REQUIRE(Json::parse(last_line(outcome.out))["mode"] == mode);
}

TEST_CASE("Ctrl-C ends a run after the step, and it goes on as if it had never stopped", "[command line]") {
    const TinyRun tiny;
    const std::string whole = trained_without_a_break(tiny);
    const auto signal = GENERATE(SIGINT, SIGTERM);
    Child child(tiny.path(), normlab_command({"train", "tiny.json", "--out", "my run"}));
    while (child.running() && !std::filesystem::exists(tiny / "my run/metrics.jsonl")) sleep_ms(1);
    child.send(signal);
    REQUIRE(child.wait() == 1);
    REQUIRE(contains(child.err(), "; to resume: normlab train --resume --out 'my run'\n"));
    REQUIRE(run_normlab(tiny.path(), {"train", "--resume", "--out", "my run"}).status == 0);
    REQUIRE(read_file(tiny / "my run/model.safetensors") == whole);
}

TEST_CASE("a folder in which a process trains is left alone by every other, and free once that has ended",
          "[command line]") {
    const TinyRun tiny;
    train_briefly(tiny);
    const auto files = [&] {
        std::map<std::string, std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator(tiny / "runs/tiny"))
            all[entry.path().filename().string()] = read_file(entry.path());
        return all;
    };
    std::filesystem::remove(tiny / "runs/tiny/report.html");
    const auto before = files();
    {
        const RunLock another({tiny / "runs/tiny"});
        for (const char* way : {"--resume", "--quiet"}) {
            const Ended outcome = run_normlab(tiny.path(), {"train", "tiny.json", "--out", "runs/tiny", way});
            REQUIRE(outcome.status == 1);
            REQUIRE(outcome.err ==
                    "normlab: [run] another process trains in runs/tiny: wait until it has ended, or "
                    "choose another --out\n");
        }
        const Ended report = run_normlab(tiny.path(), {"report", "runs/tiny"});
        REQUIRE(report.status == 0);
        REQUIRE(contains(read_file(tiny / "runs/tiny/report.html"), "class=\"state running\""));
        std::filesystem::remove(tiny / "runs/tiny/report.html");
        REQUIRE(files() == before);
    }
    REQUIRE(run_normlab(tiny.path(), {"train", "tiny.json", "--resume", "--quiet"}).status == 0);
}

TEST_CASE("a report that cannot be written is reported, and training continues without it", "[command line]") {
    const TinyRun tiny;
    train_briefly(tiny);
    const auto report = tiny / "runs/tiny/report.html";
    std::filesystem::remove(report);
    std::filesystem::create_directories(report / "in the way");
    const Ended outcome =
        run_normlab(tiny.path(), {"train", "tiny.json", "--resume", "--set", "train.epochs=5", "--threads", "1"});
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    const std::string warning = "the report is not up to date: [file] cannot write runs/tiny/report.html";
    CHECK(contains(outcome.out, warning));
    CHECK(outcome.out.find(warning) == outcome.out.rfind(warning));
    CHECK(contains(outcome.out, "epoch 5/5"));
}

TEST_CASE("reports written while a run trains do not disturb it", "[command line]") {
    const TinyRun tiny;
    Child training(tiny.path(), normlab_command({"train", "tiny.json", "--quiet"}));
    while (training.running() && !std::filesystem::exists(tiny / "runs/tiny/metrics.jsonl")) sleep_ms(1);
    std::filesystem::create_directories(tiny / "beside");
    while (training.running()) CHECK(run_normlab(tiny / "beside", {"report", "../runs/tiny"}).err.empty());
    CHECK(training.wait() == 0);
    CHECK(training.err().empty());
}

TEST_CASE("a run that is killed fifty times ends as if it had never been", "[command line]") {
    const TinyRun tiny;
    const std::string whole = trained_without_a_break(tiny);
    const auto checkpoint = tiny / "run/checkpoint.safetensors", model = tiny / "run/model.safetensors";
    const auto written = [&] {
        std::error_code none;
        return std::filesystem::last_write_time(checkpoint, none);
    };
    int deaths = 0;
    for (std::uint64_t life = 0; deaths < 50 && life < 500; ++life) {
        const auto before = written();
        const double moment = random_uniform({2024, 1}, life, 0);
        Child child(tiny.path(), normlab_command({"train", "tiny.json", "--resume", "--out", "run"}));
        if (life % 4 != 0)  // else it dies anywhere on the way to its first step
            while (child.running() && written() == before) sleep_ms(0.2);
        sleep_ms(moment * (life % 4 != 0 ? 6 : 40));
        child.send(SIGKILL);
        if (child.wait() == 128 + SIGKILL)
            ++deaths;
        else
            std::filesystem::remove_all(tiny / "run");                                 // it came to its end: once more
        if (std::filesystem::exists(model)) REQUIRE_NOTHROW(read_safetensors(model));  // whole, or not there
    }
    REQUIRE(deaths == 50);
    const Ended last = run_normlab(tiny.path(), {"train", "tiny.json", "--resume", "--out", "run", "--threads", "2"});
    INFO(last.err);
    REQUIRE(last.status == 0);
    REQUIRE(read_file(model) == whole);
}

TEST_CASE("compare shows a line for each run, a table and a verdict", "[command line]") {
    const TinyRun tiny;
    replace_file(tiny / "sweep.json",
                 R"({"base": "tiny.json", "set": {"train": {"epochs": 2, "threads": 1}},
                     "axes": {"model.norm": ["batch", "none"], "seed": [1, 2]}})");
    const Ended outcome = run_normlab(tiny.path(), {"compare", "sweep.json", "--out", "out"});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    REQUIRE(outcome.err.empty());
    REQUIRE_FALSE(has_control_characters(outcome.out));
    REQUIRE(outcome.out.starts_with("[1/4] norm=batch,seed=1  test loss "));
    REQUIRE(contains(outcome.out, "\n[4/4] norm=none,seed=2  test loss "));
    REQUIRE(contains(outcome.out, "\nvariant  runs  final accuracy"));
    REQUIRE(contains(outcome.out, " ends highest with "));
    REQUIRE(contains(outcome.out, "out/report.html"));
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) REQUIRE(line.size() < 84);  // of letters that may be two bytes

    const Ended again = run_normlab(tiny.path(), {"compare", "sweep.json", "--out", "out"});
    REQUIRE(again.out.starts_with("4 of 4 runs have ended before and are not run again\n\nvariant"));
    const Ended quiet = run_normlab(tiny.path(), {"compare", "sweep.json", "--out", "out", "--quiet"});
    REQUIRE(quiet.status == 0);
    REQUIRE(quiet.out + quiet.err == "");
    const Ended report = run_normlab(tiny.path(), {"report", "out"});
    REQUIRE(report.out == "out/side_by_side.html\n");
    REQUIRE(contains(read_file(tiny / "out/side_by_side.html"), "4 runs side by side"));
}

TEST_CASE("several runs are reported side by side, in a page beside the first or where it is wanted",
          "[command line]") {
    const TinyRun tiny;
    for (const char* rate : {"0.1", "0.01"})
        REQUIRE(run_normlab(tiny.path(), {"train", "tiny.json", "--quiet", "--set", "train.epochs=2", "--set",
                                          std::string("optim.lr=") + rate, "--out", std::string("runs/lr") + rate})
                    .status == 0);
    const Ended beside = run_normlab(tiny.path(), {"report", "runs/lr0.1", "runs/lr0.01/"});
    CHECK(beside.out + beside.err == "runs/side_by_side.html\n");
    CHECK(contains(read_file(tiny / "runs/side_by_side.html"), "2 runs side by side"));
    CHECK(contains(read_file(tiny / "runs/side_by_side.html"), "optim.lr"));
    const Ended inside = run_normlab(tiny / "runs/lr0.1", {"report", ".", "../lr0.01"});
    CHECK(inside.out + inside.err == "../side_by_side.html\n");
    const Ended wanted = run_normlab(tiny.path(), {"report", "runs/lr0.1", "--html", "one.html"});
    CHECK(wanted.out + wanted.err == "one.html\n");
    CHECK(contains(read_file(tiny / "one.html"), "1 run side by side"));

    std::filesystem::create_directories(tiny / "foreign");
    for (const char* order : {"runs/lr0.1", "foreign"}) {
        const Ended foreign = run_normlab(tiny.path(), {"report", order, "foreign", "--html", "none.html"});
        CHECK(foreign.status == 2);
        CHECK(foreign.err == "normlab: foreign is no run's folder: it has no config.json\n");
    }
    CHECK_FALSE(std::filesystem::exists(tiny / "none.html"));
}

TEST_CASE("Ctrl-C ends a comparison after the step, and the same command goes on", "[command line]") {
    const TinyRun tiny;
    replace_file(tiny / "sweep.json", R"({"base": "tiny.json", "axes": {"seed": [1, 2]}})");
    Child child(tiny.path(), normlab_command({"compare", "sweep.json", "--out", "out"}));
    while (child.running() && !std::filesystem::exists(tiny / "out/seed=1/metrics.jsonl")) sleep_ms(1);
    child.send(SIGINT);
    REQUIRE(child.wait() == 1);
    REQUIRE(contains(child.err(), "normlab: stopped after 0 of 2 runs; the same command continues\n"));
    for (const char* out : {"out", "whole"})
        REQUIRE(run_normlab(tiny.path(), {"compare", "sweep.json", "--out", out, "--quiet"}).status == 0);
    REQUIRE(read_file(tiny / "out/seed=1/model.safetensors") == read_file(tiny / "whole/seed=1/model.safetensors"));
}

TEST_CASE("Ctrl-C ends all runs of a comparison with --jobs after their step, and the same command goes on",
          "[command line]") {
    const TinyRun tiny;
    replace_file(tiny / "sweep.json", R"({"base": "tiny.json", "axes": {"seed": [1, 2, 3]}})");
    const std::vector<std::string> command = {"compare", "sweep.json", "--out", "out", "--jobs", "2"};
    Child child(tiny.path(), normlab_command(command));
    while (child.running() && !std::filesystem::exists(tiny / "out/seed=2/metrics.jsonl")) sleep_ms(1);
    child.send(SIGINT);
    REQUIRE(child.wait() == 1);
    REQUIRE(contains(child.err(), " of 3 runs; the same command continues\n"));
    for (const char* seed : {"seed=1", "seed=2"}) CHECK_FALSE(is_locked({tiny / "out" / seed}));
    REQUIRE(run_normlab(tiny.path(), command).status == 0);
    REQUIRE(run_normlab(tiny.path(), {"compare", "sweep.json", "--out", "whole", "--quiet"}).status == 0);
    for (const char* model : {"seed=1/model.safetensors", "seed=2/model.safetensors", "seed=3/model.safetensors"})
        REQUIRE(read_file(tiny / "out" / model) == read_file(tiny / "whole" / model));
}

TEST_CASE("a killed comparison leaves no process that trains on", "[command line]") {
    const TinyRun tiny;
    replace_file(tiny / "sweep.json",
                 R"({"base": "tiny.json", "set": {"train.epochs": 100000}, "axes": {"seed": [1, 2]}})");
    Child child(tiny.path(), normlab_command({"compare", "sweep.json", "--out", "out", "--jobs", "2"}));
    for (const char* run : {"out/seed=1", "out/seed=2"})
        while (child.running() && !std::filesystem::exists(tiny / run / "metrics.jsonl")) sleep_ms(1);
    child.send(SIGKILL);
    REQUIRE(child.wait() == 128 + SIGKILL);
    for (const char* run : {"out/seed=1", "out/seed=2"})
        for (int tries = 0; is_locked({tiny / run}); ++tries) {
            REQUIRE(tries < 20'000);
            sleep_ms(1);
        }
    for (const char* run : {"out/seed=1", "out/seed=2"})
        CHECK(std::filesystem::exists(tiny / run / "checkpoint.safetensors"));
}

TEST_CASE("what is not there is not gone on with, and no run and no comparison writes into the other's folder",
          "[command line]") {
    const TinyRun tiny;
    const Ended nowhere = run_normlab(tiny.path(), {"train", "--resume", "--out", "runs/tyni"});
    CHECK(nowhere.status == 2);
    CHECK(nowhere.err == "normlab: there is no run to resume in runs/tyni: it has no config.json\n");
    CHECK_FALSE(std::filesystem::exists(tiny / "runs"));

    train_briefly(tiny);
    replace_file(tiny / "sweep.json", R"({"base": "tiny.json", "axes": {"seed": [1]}})");
    const Ended compared = run_normlab(tiny.path(), {"compare", "sweep.json", "--out", "runs/tiny"});
    CHECK(compared.status == 1);
    CHECK(compared.err == "normlab: [compare] runs/tiny is a run's folder: choose another --out\n");
    REQUIRE(run_normlab(tiny.path(), {"compare", "sweep.json", "--out", "sweep", "--quiet"}).status == 0);
    const Ended trained = run_normlab(tiny.path(), {"train", "tiny.json", "--out", "sweep"});
    CHECK(trained.status == 1);
    CHECK(trained.err == "normlab: [run] sweep is a comparison's folder: choose another --out\n");
    const Ended mistaken = run_normlab(tiny.path(), {"train", "sweep.json"});
    CHECK(mistaken.status == 2);
    CHECK(contains(mistaken.err, "sweep.json:1: axes: belongs to a comparison: normlab compare CONFIG"));
}

TEST_CASE("a data set that there is not is a mistake of the command line", "[command line]") {
    const TinyRun tiny;
    train_briefly(tiny);
    const Ended outcome = run_normlab(tiny.path(), {"eval", "runs/tiny", "--data", "digit"});
    CHECK(outcome.status == 2);
    CHECK(contains(outcome.err, "--data digit: unknown data set; known: digits, shapes, mnist"));
}

TEST_CASE("the report of a run that diverged says so when it is written again", "[command line]") {
    const TinyRun tiny;
    const Ended outcome = run_normlab(tiny.path(), {"train", "tiny.json", "--quiet", "--set", "optim.lr=1e30"});
    REQUIRE(outcome.status == 1);
    REQUIRE(contains(outcome.err, "is not finite in step"));
    REQUIRE(run_normlab(tiny.path(), {"report", "runs/tiny"}).status == 0);
    CHECK(contains(read_file(tiny / "runs/tiny/report.html"), "class=\"state diverged\""));
    CHECK(contains(read_file(tiny / "runs/tiny/report.html"), "is not finite in step"));
}
