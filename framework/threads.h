// How many threads the kernels use. Without OpenMP there is one, whatever is asked for.
#pragma once

namespace normlab {

int threads();
void set_threads(int count);  // at least 1; at first as many as there are processors, or what OMP_NUM_THREADS says

}  // namespace normlab
