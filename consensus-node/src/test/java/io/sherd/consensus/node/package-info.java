@NullMarked
package io.sherd.consensus.node;

import org.jspecify.annotations.NullMarked;
