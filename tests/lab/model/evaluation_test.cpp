#include "lab/model/evaluation.h"

#include "tests/catch.h"
#include "tests/lab/small_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

TEST_CASE("evaluation counts which class is taken for which and leaves the modes alone", "[evaluation]") {
    const TemporaryFolder place;
    write_small_set(place / "set");
    run_small(small_config(place / "set"), place / "run");
    Model model = load_model(place / "run/model.safetensors");
    const Split split = load(model.config.data.source);
    model.module->train();
    modules(*model.module)[2].module->eval();
    const Evaluation evaluation = evaluate(*model.module, split.test, model.scale, 7);
    REQUIRE(model.module->training());
    REQUIRE_FALSE(modules(*model.module)[2].module->training());

    Index all = 0, right = 0;
    for (std::size_t truth = 0; truth < 4; ++truth)
        for (std::size_t taken = 0; taken < 4; ++taken) {
            all += evaluation.taken_for(truth, taken);
            if (truth == taken) right += evaluation.taken_for(truth, taken);
        }
    REQUIRE(all == 20);
    REQUIRE(static_cast<double>(right) / 20 == evaluation.accuracy);

    const auto mistakes = most_confident_mistakes(evaluation, split.test.labels, 100);
    REQUIRE(static_cast<Index>(mistakes.size()) == 20 - right);
    for (std::size_t i = 0; i + 1 < mistakes.size(); ++i) REQUIRE(mistakes[i].confidence >= mistakes[i + 1].confidence);
}

TEST_CASE("with test_flip an image's outputs are the mean of its own and its mirror image's", "[evaluation]") {
    const TemporaryFolder place;
    write_small_set(place / "set");
    run_small(small_config(place / "set"), place / "run");
    Model model = load_model(place / "run/model.safetensors");
    const ImageSet test = load(model.config.data.source).test;
    ImageSet mirrored = test;
    for (auto row = mirrored.pixels.begin(); row != mirrored.pixels.end(); row += 8) std::reverse(row, row + 8);
    const Tensor as_is = evaluate(model, test).logits, turned = evaluate(model, mirrored).logits;
    model.config.data.test_flip = true;
    const Tensor both = evaluate(model, test).logits;
    for (Index i = 0; i < both.elements(); ++i) REQUIRE(both.data()[i] == (as_is.data()[i] + turned.data()[i]) / 2);
    REQUIRE_FALSE(same_bits(both, as_is));
    REQUIRE(same_bits(evaluate(model, mirrored).logits, both));
}
