#include "lab/claims/workbench/workbench.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <fstream>
#include <thread>

#include "datasets/datasets.h"
#include "framework/kernels/kernels.h"
#include "framework/support/files.h"
#include "framework/support/threads.h"
#include "lab/claims/workbench/numbers_json.h"
#include "lab/model/evaluation.h"

namespace normlab {
namespace {

// What the pieces of a file were computed with: those of other options are of no use.
std::string signature(const WorkbenchOptions& options) {
    return Json{{"real", options.real},
                {"quick", options.quick},
                {"steps", options.steps ? Json(*options.steps) : Json()},
                {"kernels", kernels().name}}
        .dump();
}

}  // namespace

// The pieces that are done, one to a line of a file.
struct Workbench::Memory {
    Memory(std::filesystem::path path, std::string signature) : file(std::move(path)), head(std::move(signature)) {
        std::ifstream lines(file);
        std::string line;
        if (!std::getline(lines, line) || line != head) return;
        while (std::getline(lines, line))
            if (const auto piece = piece_from_line(line)) known[piece->first] = piece->second;
    }
    void remember(const std::string& label, const Numbers& found) {
        known[label] = found;
        if (file.empty()) return;
        std::string text = head + "\n";
        for (const auto& [name, numbers] : known) text += line_of_piece(name, numbers) + "\n";
        replace_file(file, text);
    }
    std::filesystem::path file;
    std::string head;
    std::map<std::string, Numbers> known;
};

std::string label_of(const std::string& name, std::uint64_t seed) {
    return name + ", seed " + std::to_string(seed);
}

Workbench::Workbench(WorkbenchOptions options)
    : options_(std::move(options)), memory_(std::make_shared<Memory>(options_.memory, signature(options_))) {}

Index Workbench::steps(Index own) const {
    const Index steps = options_.steps.value_or(own);
    return options_.quick ? std::max(steps / kQuick, Index{1}) : steps;
}

std::filesystem::path Workbench::unfinished(const std::string& label) const {
    if (memory_->file.empty()) return {};
    std::string name = label;
    std::ranges::replace_if(
        name, [](unsigned char c) { return std::isalnum(c) == 0; }, '-');
    return memory_->file.parent_path() / (name + ".safetensors");
}

void Workbench::check_stop() const {
    if (options_.stop != nullptr && *options_.stop) throw Stopped();
}

const DataSet& Workbench::images(const std::string& name, Index train, Index test) {
    const std::scoped_lock lock(mutex_);
    std::unique_ptr<DataSet>& found = images_[name + " " + std::to_string(train) + " " + std::to_string(test)];
    if (found != nullptr) return *found;
    DataSource source{.name = name, .dir = options_.data / name};
    if (train > 0) source.train_limit = train;
    if (test > 0) source.test_limit = test;
    Split split = load(source);
    PixelScale scale = scale_of(split.train);
    found = std::make_unique<DataSet>(DataSet{std::move(split), std::move(scale)});
    return *found;
}

std::vector<Numbers> Workbench::each(const std::vector<std::string>& labels,
                                     const std::function<Numbers(std::size_t piece)>& work) {
    std::vector<Numbers> found(labels.size());
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto known = memory_->known.find(labels[i]);
        if (known != memory_->known.end())
            found[i] = known->second;
        else
            open.push_back(i);
    }

    std::atomic<std::size_t> next = 0;
    std::exception_ptr failed;
    const auto tell = [&](std::size_t left) {
        if (options_.progress) options_.progress(labels.size() - left, labels.size());
    };
    std::size_t left = open.size();
    tell(left);
    const auto take_pieces = [&] {
        for (std::size_t i = next++; i < open.size(); i = next++) {
            try {
                check_stop();
                Numbers numbers = work(open[i]);
                const std::scoped_lock lock(mutex_);
                memory_->remember(labels[open[i]], numbers);
                std::filesystem::remove(unfinished(labels[open[i]]));
                found[open[i]] = std::move(numbers);
                tell(--left);
            } catch (...) {
                next = open.size();
                const std::scoped_lock lock(mutex_);
                if (!failed) failed = std::current_exception();
            }
        }
    };
    const std::size_t at_a_time = std::min(static_cast<std::size_t>(threads()), open.size());
    if (at_a_time <= 1) {
        take_pieces();
    } else {
        const ThreadCount one(1);
        std::vector<std::jthread> workers;
        for (std::size_t i = 0; i < at_a_time; ++i) workers.emplace_back(take_pieces);
    }
    if (failed) std::rethrow_exception(failed);
    return found;
}

Training Workbench::train(Module& net, const DataSet& images, const Recipe& recipe, std::uint64_t seed,
                          const Looks& looks, const Kept& kept) {
    using Clock = std::chrono::steady_clock;
    Loader loader(
        images.split.train,
        {.batch_size = recipe.batch, .shuffle = true, .drop_last = true, .seed = seed, .scale = images.scale});
    Descent descent(net, recipe, steps(recipe.steps), seed);
    const std::string label = label_of(kept.name, seed);
    const std::filesystem::path file = kept.found != nullptr ? unfinished(label) : std::filesystem::path();
    const std::string key = signature(options_) + " " + label;
    if (!file.empty()) descent.restore(file, key, *kept.found);

    Index epoch = descent.taken() / loader.batches();
    loader.start_epoch(epoch, descent.taken() % loader.batches());
    Clock::time_point saved = Clock::now();
    while (!descent.ended()) {
        const bool stops = options_.stop != nullptr && *options_.stop;
        const bool is_due = Clock::now() - saved >= std::chrono::duration<double>(options_.save_every);
        if (!file.empty() && (stops || is_due)) descent.save(file, key, *kept.found), saved = Clock::now();
        check_stop();
        std::optional<Batch> batch = loader.next();
        if (!batch) {
            loader.start_epoch(++epoch);
            batch = loader.next();
        }
        if (looks) looks(descent.taken(), *batch);
        descent.step(*batch);
    }
    return descent.training();
}

Training Workbench::fit(Module& net, const Objective& objective, const Recipe& recipe,
                        const std::function<void(Index step)>& looks) {
    Descent descent(net, recipe, steps(recipe.steps), 0);
    while (!descent.ended()) {
        check_stop();
        if (looks) looks(descent.taken());
        descent.step(objective);
    }
    return descent.training();
}

double test_accuracy(Module& net, const DataSet& images) {
    return evaluate(net, images.split.test, images.scale).accuracy;
}

std::vector<Batch> first_batches(const DataSet& images, Index size, Index count, std::uint64_t seed) {
    Loader loader(images.split.train,
                  {.batch_size = size, .shuffle = true, .drop_last = true, .seed = seed, .scale = images.scale});
    loader.start_epoch(0);
    std::vector<Batch> batches;
    while (static_cast<Index>(batches.size()) < count) {
        std::optional<Batch> batch = loader.next();
        require(batch.has_value(), "workbench", "the set has fewer than ", count, " batches of ", size, " images");
        batches.push_back(std::move(*batch));
    }
    return batches;
}

}  // namespace normlab
