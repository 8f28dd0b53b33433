// What << writes.
#include <sstream>

#include "layers/layers.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;

namespace {
template <class T>
std::string written(T&& thing) {
    std::ostringstream out;
    out << thing;
    return out.str();
}
}  // namespace

TEST_CASE("a tensor is written with its shape, in PyTorch's order") {
    REQUIRE(written(Tensor::of({}, {0.5})) == "() 0.5");
    REQUIRE(written(Tensor::of({3}, {1, -2, Scalar(1.0 / 3)})) == "(3) [1, -2, 0.3333]");
    REQUIRE(written(Tensor::of({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})) ==
            "(2,1,2,2)\n[[[[1, 2],\n   [3, 4]]],\n [[[5, 6],\n   [7, 8]]]]");
    REQUIRE(written(Tensor::zeros({0})) == "(0) []");
    REQUIRE(written(Tensor()) == "undefined");
}

TEST_CASE("of a long axis the ends are written") {
    REQUIRE(written(Tensor::of({6}, {1, 2, 3, 4, 5, 6})) == "(6) [1, 2, 3, 4, 5, 6]");
    REQUIRE(written(Tensor::of({7}, {1, 2, 3, 4, 5, 6, 7})) == "(7) [1, 2, 3, ..., 5, 6, 7]");
    REQUIRE(written(Tensor::zeros({8, 1})) == "(8,1)\n[[0],\n [0],\n [0],\n ...,\n [0],\n [0],\n [0]]");
}

TEST_CASE("a value is written as its tensor") {
    REQUIRE(written(Var::parameter(Tensor::of({2}, {1, 2}))) == "(2) [1, 2]");
}

TEST_CASE("a module is written with a line for each layer") {
    Sequential model(Conv2d({.in = 1, .out = 2, .kernel = 3, .bias = false}), BatchNorm2d({.num_features = 2}),
                     Sequential(ReLU()), Flatten(), Linear({.in = 8, .out = 3}));
    REQUIRE(written(model) ==
            "0    Conv2d       weight (2,1,3,3)\n"
            "1    BatchNorm2d  weight (2), bias (2)\n"
            "2.0  ReLU\n"
            "3    Flatten\n"
            "4    Linear       weight (3,8), bias (3)\n"
            "49 parameters");
    Linear alone({.in = 2, .out = 1, .bias = false});
    REQUIRE(written(alone) == "Linear  weight (1,2)\n2 parameters");
}
