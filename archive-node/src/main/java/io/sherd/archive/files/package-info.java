/** Reading the files that a user names: small ones, as a whole, and never for ever. */
@NullMarked
package io.sherd.archive.files;

import org.jspecify.annotations.NullMarked;
