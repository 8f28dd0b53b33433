#include "framework/threads.h"

#include "framework/error.h"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace normlab {

#ifdef _OPENMP
int threads() { return omp_get_max_threads(); }
#else
int threads() { return 1; }
#endif

void set_threads(int count) {
    require(count >= 1, "threads", "the number of threads must be at least 1, got ", count);
#ifdef _OPENMP
    omp_set_num_threads(count);
#endif
}

}  // namespace normlab
