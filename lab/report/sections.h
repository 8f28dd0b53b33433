// The parts of a run's page, in the order in which they are read.
#pragma once

#include "lab/report/html.h"
#include "lab/report/report.h"

namespace normlab {

Html heading(const Report& report);        // name, state, the large figures
Html curves(const Report& report);         // over the epochs, or the steps
Html test_set(const Report& report);       // or validation images: the confusion matrix, class by class
Html mistakes(const Report& report);       // the contact sheet
Html layers(const Report& report);         // the net
Html inside(const Report& report);         // what a watched run saw
Html how_to_repeat(const Report& report);  // command, environment, files, config

}  // namespace normlab
