#include "framework/collective.h"

namespace normlab {

Collective& alone() {
    static Collective one;
    return one;
}

}  // namespace normlab
