// The loss along its gradient, during training (Santurkar et al. 2018, figure 4). At a step with weights w, batch B and
// g = ∇L(w; B), and at eight s between ½ and 4 times the learning rate, with the same batch:
//   range  = max L(w − s g) − min L(w − s g)
//   change = max ‖∇L(w − s g) − g‖
//   β      = max ‖∇L(w − s g) − g‖ / (s ‖g‖)       "effective smoothness"
//   cosine = min cos(∇L(w − s g), g)
#pragma once

#include "lab/claims/workbench/descent.h"
#include "lab/claims/workbench/gradients.h"

namespace normlab {

std::vector<double> places_ahead(double rate);  // the eight s

// Appends what is seen: "step", "loss", "low" and "high" (of L), "range", "least change", "change", "beta", "cosine",
// and free of scale "range by loss", "change by length"; to "slice" all L. What is not finite is infinite.
void look_ahead(Module& net, const Objective& objective, double rate, Index step, Numbers& found);

// The same where the result is known, and elsewhere: "still" is the largest change of loss and gradient at s = 0;
// "second derivative" is β close by, divided by ‖H g‖/‖g‖ from a difference to both sides; "random" is the largest
// change of the loss at 4 times the rate in four random directions, whose every filter is as long as the gradient's.
void check_look(Module& net, const Objective& objective, double rate, Numbers& found);

}  // namespace normlab
