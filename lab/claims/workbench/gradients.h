// Loss and gradients at places around the net's weights. Nothing of the net changes: weights, running statistics,
// dropout's place and gradients are afterwards what they were.
#pragma once

#include <functional>
#include <vector>

#include "lab/claims/workbench/descent.h"
#include "lab/claims/workbench/weights.h"

namespace normlab {

struct Place {
    double loss = 0;
    Weights gradient;
};
// In train() mode: with the batch's statistics.
Place gradient_at(Module& net, const Objective& objective);
Place gradient_at(Module& net, const Weights& weights, const Objective& objective);

// What changes on the way from w along −direction, with the same objective (Santurkar et al. 2018, figure 4).
struct Probe {
    double step;  // s: the place is w − s · direction
    double loss;
    double change;  // ‖∇L(w − s·d) − ∇L(w)‖
    double cosine;  // of the two gradients
};
std::vector<Probe> look_along(Module& net, const Objective& objective, const Place& here, const Weights& direction,
                              const std::vector<double>& steps);

// How the gradient of a layer changes when the layers below it take their step and it does not (their definition 2.1).
// `layer` is the name of a weight; the parameters before it, in the net's order, are those below.
struct Shift {
    double change;  // ‖G − G′‖
    double cosine;
};
Shift shift_of(Module& net, const Objective& objective, const Place& here, double rate, const std::string& layer);

// Appends what is seen of these layers: to "cosine 7.weight" and "change 7.weight" the numbers above, and to "still"
// the change of the first layer's gradient if no layer moves.
void look_below(Module& net, const Objective& objective, double rate, const std::vector<std::string>& layers,
                Numbers& found);

}  // namespace normlab
