/** What the log keeps, and what it notices when files of it are torn, rotten or gone. */
@NullMarked
package io.sherd.consensus.durable;

import org.jspecify.annotations.NullMarked;
