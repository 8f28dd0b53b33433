// Training in several processes, which are threads here: each trains a copy of the net on its part of every batch.
// tests/lab/run/ranks_test.cpp does it with MPI.
#include <barrier>
#include <numeric>
#include <thread>

#include "framework/batch_part.h"
#include "framework/ops/dropout.h"
#include "framework/ops/loss.h"
#include "framework/state.h"
#include "layers/layers.h"
#include "optim/optim.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// What the ranks have in common: each shows the others its numbers, and waits until all have seen them.
struct Meeting {
    explicit Meeting(Index size) : shown(static_cast<std::size_t>(size)), all(static_cast<std::ptrdiff_t>(size)) {}
    std::vector<std::vector<double>> shown;
    std::barrier<> all;
};

class ThreadRank : public Collective {
  public:
    ThreadRank(Meeting& meeting, Index rank) : meeting_(meeting), rank_(rank) {}
    Index rank() const override { return rank_; }
    Index size() const override { return static_cast<Index>(meeting_.shown.size()); }
    void sum(std::span<float> x) override { sum_of(x); }
    void sum(std::span<double> x) override { sum_of(x); }
    void gather(std::span<const double> own, std::span<double> all) override {
        show(own);
        for (const auto& each : meeting_.shown)
            all = all.subspan(std::ranges::copy(each, all.begin()).out - all.begin());
        meeting_.all.arrive_and_wait();
    }

  private:
    template <class T>
    void show(std::span<T> own) {
        meeting_.shown[static_cast<std::size_t>(rank_)].assign(own.begin(), own.end());
        meeting_.all.arrive_and_wait();
    }
    template <class T>
    void sum_of(std::span<T> x) {
        show(x);
        std::vector<std::vector<T>> sums;
        for (const auto& each : meeting_.shown) sums.emplace_back(each.begin(), each.end());
        for (std::size_t step = 1; step < sums.size(); step *= 2)
            for (std::size_t i = 0; i + step < sums.size(); i += 2 * step)
                for (std::size_t k = 0; k < x.size(); ++k) sums[i][k] += sums[i + step][k];
        std::ranges::copy(sums[0], x.begin());
        meeting_.all.arrive_and_wait();
    }
    Meeting& meeting_;
    Index rank_;
};

// Small, and without ReLU: where a number crosses zero, its gradient jumps, and L1 batch norm's, so runs that differ in
// last bits would part there.
std::unique_ptr<Module> net_with(const Json& norm) {
    const Json layers = Json::parse(R"([{"type": "conv2d", "out": 12, "padding": 1}, {"type": "norm"}, {"type": "silu"},
        {"type": "dropout2d", "p": 0.1}, {"type": "conv2d", "out": 12, "padding": 1, "stride": 2}, {"type": "norm"},
        {"type": "silu"}, {"type": "flatten"}, {"type": "dropout", "p": 0.3}, {"type": "linear"}])");
    return make_model({{"layers", layers}, {"norm", norm}}, {3, 4, 4}, 10);
}

// Ten steps on batches of 24 images and, in between, of 2, too few to be cut.
State trained(const Json& norm, const BatchCut& cut, Collective& ranks) {
    const std::unique_ptr<Module> made = net_with(norm);
    Module& net = *made;
    initialize(net, 1);
    seed_training(net, 1);
    const auto all = parameters(net);
    SGD sgd(all, {.lr = 0.05, .momentum = 0.9, .weight_decay = 5e-4});
    for (int step = 0; step < 10; ++step) {
        const Index total = step % 3 == 2 ? 2 : 24;
        const BatchPart part = part_of(total, cut, ranks);
        const Tensor images = noise({total, 3, 4, 4}, static_cast<std::uint64_t>(step));
        Tensor own({part.images, 3, 4, 4});
        const Index each = own.elements() / part.images;
        std::copy_n(images.data() + part.first * each, own.elements(), own.mutable_data());
        Labels labels(static_cast<std::size_t>(part.images));
        for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i + part.first) % 10;

        const BatchPartInUse in_use(part);
        Tape tape;
        tape.backward(cross_entropy(net(own), labels, 0.1), Tensor::full({}, part.counts ? 1 : 0));
        for (const NamedParameter& each_parameter : all) {
            Tensor gradient = each_parameter.parameter.grad();
            ranks.sum({gradient.mutable_data(), static_cast<std::size_t>(gradient.elements())});
        }
        clip_grad_norm(all, 2);
        sgd.step();
    }
    return state_of(net);
}

State trained_in_ranks(const Json& norm, const BatchCut& cut) {
    Meeting meeting(cut.ranks);
    std::vector<State> states(static_cast<std::size_t>(cut.ranks));
    std::vector<std::jthread> threads;
    for (Index rank = 0; rank < cut.ranks; ++rank)
        threads.emplace_back([&, rank] {
            ThreadRank self(meeting, rank);
            states[static_cast<std::size_t>(rank)] = trained(norm, cut, self);
        });
    threads.clear();
    for (const auto& [name, tensor] : states.back().tensors) {  // the last rank has the first one's weights
        if (name.find("running") != std::string::npos) continue;
        const auto same = std::ranges::find(states.front().tensors, name, &NamedTensor::name);
        REQUIRE(same_bits(tensor, same->tensor));
    }
    return states.front();
}

double distance(const State& a, const State& b) {
    double most = 0;
    for (std::size_t i = 0; i < a.tensors.size(); ++i)
        most = std::max(most, relative_error(a.tensors[i].tensor, b.tensors[i].tensor));
    return most;
}

}  // namespace

TEST_CASE("ranks have all images of a batch, each once, and every replica has two, or the batch is not cut",
          "[ranks]") {
    for (const BatchCut& cut : {BatchCut{1, 1, 1}, {8, 4, 2}, {8, 8, 4}, {3, 3, 3}, {6, 6, 2}, {8, 1, 1}})
        for (Index images = 1; images < 70; ++images) {
            INFO(images << " images, " << cut.blocks << " blocks, " << cut.replicas << " replicas, " << cut.ranks);
            Meeting meeting(cut.ranks);
            Index next = 0;
            for (Index rank = 0; rank < cut.ranks; ++rank) {
                ThreadRank self(meeting, rank);
                const BatchPart part = part_of(images, cut, self);
                CHECK(part.total == images);
                if (!cut.cuts(images)) {
                    CHECK((part.first == 0 && part.images == images && part.replica == images));
                    CHECK(part.counts == (rank == 0));
                    continue;
                }
                CHECK((part.first == next && part.counts));
                CHECK((cut.replicas == 1 || part.images >= 2));
                CHECK(part.replica % part.block == 0);
                next += part.images;
            }
            CHECK(next == (cut.cuts(images) ? images : 0));
        }
}

TEST_CASE("ranks learn what one process learns, to rounding", "[ranks]") {
    const std::string text = GENERATE(as<std::string>{}, R"("sync_batch")", R"("batch_renorm")", R"("l1_batch")",
                                      R"("layer")", R"({"type": "instance", "track_running_stats": true})", R"("rms")",
                                      R"({"type": "group", "groups": 4})", R"("none")");
    const Json norm = Json::parse(text);
    const State one = trained(norm, {}, alone());
    for (const Index ranks : {2, 3, 4}) {
        INFO(norm << " in " << ranks << " ranks");
        CHECK(distance(trained_in_ranks(norm, {ranks, ranks, ranks}), one) < 1e-5);
    }
}

TEST_CASE("ghost batches that fit into a rank's images are those of one process", "[ranks]") {
    const Json ghost = {{"type", "ghost_batch"}, {"virtual_batch_size", 3}};
    const State one = trained(ghost, {8, 8, 1}, alone());
    CHECK(distance(trained(ghost, {}, alone()), one) < 1e-5);
    for (const Index ranks : {2, 4}) CHECK(distance(trained_in_ranks(ghost, {8, 8, ranks}), one) == 0);
}

TEST_CASE("with the same blocks, one, two, four and eight ranks learn the same bits", "[ranks]") {
    const std::string norm = GENERATE("sync_batch", "l1_batch", "group", "layer", "instance", "rms", "none");
    const State one = trained(norm, {8, 8, 1}, alone());
    for (const Index ranks : {2, 4, 8}) {
        INFO(norm << " in " << ranks << " ranks");
        CHECK(distance(trained_in_ranks(norm, {8, 8, ranks}), one) == 0);
    }
}

TEST_CASE("replicas in one process are ranks, to the last bit", "[ranks]") {
    const State replicas = trained("batch", {8, 4, 1}, alone());
    for (const Index ranks : {2, 4}) CHECK(distance(trained_in_ranks("batch", {8, 4, ranks}), replicas) == 0);
    CHECK(distance(trained("batch", {8, 1, 1}, alone()), replicas) > 1e-3);
    CHECK(distance(trained("sync_batch", {8, 4, 1}, alone()), trained("batch", {8, 1, 1}, alone())) < 1e-5);
}

TEST_CASE("a rank drops what one process drops of its images", "[ranks]") {
    const Tensor x = Tensor::full({10, 7}, 1);
    const Tensor whole = dropout(x, 0.4, {1, 2}, 3).value();
    Meeting meeting(2);
    ThreadRank second(meeting, 1);
    const BatchPart part = part_of(10, {2, 2, 2}, second);
    const BatchPartInUse in_use(part);
    const Tensor own = dropout(Tensor::full({5, 7}, 1), 0.4, {1, 2}, 3).value();
    REQUIRE(std::equal(own.data(), own.data() + 35, whole.data() + 35));
}
