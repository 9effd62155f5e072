/* The password hashes of libcrypt: crypt_r, struct crypt_data, crypt_gensalt_rn. Needs libcrypt-dev. */
#include <crypt.h>
