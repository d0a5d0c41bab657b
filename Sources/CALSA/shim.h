#include <alsa/asoundlib.h>

/// alsa-lib writes its complaints to standard error too; whoever calls it here has them as error codes.
static void continuo_alsa_say_nothing(
    const char *file, int line, const char *function, int code, const char *format, ...) {}

/// Swift has no variadic functions of its own to hand over.
static inline void continuo_alsa_silence(void) { snd_lib_error_set_handler(continuo_alsa_say_nothing); }
