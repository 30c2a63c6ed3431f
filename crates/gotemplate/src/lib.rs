//! Go's text/template and sprig, exactly as Go has them.
