//! Data of the host program that templates read in place, without being converted first.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use crate::function::{CallError, Context, Signature};
use crate::types::{Kind, Type};
use crate::value::Value;

/// A value of the host program: a struct, a pointer to one, a map, a slice, or a named basic type with methods.
///
/// The engine asks only what the object's [`kind`](Object::kind) calls for, so an implementation writes few of the
/// methods: a struct `field` and `entries`; a map `get`, `entries` and `len`; a slice `at` and `len`; a named number or
/// string `scalar`. Objects are read-only: a template function that would change one, such as `set`, fails.
///
/// # Examples
///
/// ```
/// use std::borrow::Cow;
/// use outrigger_gotemplate::{Functions, Kind, Limits, Object, Options, Template, Value};
///
/// struct Port { name: String, number: i32 }
/// struct PortView<'a>(&'a Port);
///
/// impl<'a> Object<'a> for PortView<'a> {
///     fn kind(&self) -> Kind { Kind::Struct }
///     fn type_name(&self) -> Cow<'a, str> { "main.Port".into() }
///     fn field(&self, name: &str) -> Option<Value<'a>> {
///         match name {
///             "Name" => Some(Value::from(self.0.name.as_str())),
///             "Number" => Some(Value::int32(self.0.number)),
///             _ => None,
///         }
///     }
///     fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
///         ["Name", "Number"].into_iter().filter_map(|f| Some((f.into(), self.field(f)?))).collect()
///     }
/// }
///
/// let template = Template::parse("t", "{{.Name}} {{.}}", &Functions::builtins(), &Options::default())?;
/// let port = Port { name: "http".into(), number: 80 };
/// let text = template.render_text(&Value::object(PortView(&port)), &Limits::default())?;
/// assert_eq!(text, "http {http 80}");
/// # Ok::<(), outrigger_gotemplate::Error>(())
/// ```
pub trait Object<'a> {
    /// The kind of the value. [`Kind::Ptr`] stands for a pointer to a struct, whose fields are then this object's.
    fn kind(&self) -> Kind;

    /// The Go name of the type, as `%T` prints it and errors name it, e.g. `*v1.Pod` or `map[string]string`.
    fn type_name(&self) -> Cow<'a, str>;

    /// Whether this is a nil pointer, map or slice. A nil pointer may have methods.
    fn is_nil(&self) -> bool {
        false
    }

    /// The field of a struct; `None` if the type has no such field, which the template's author is told. Of a nil
    /// pointer the answer only says whether there is such a field.
    fn field(&self, name: &str) -> Option<Value<'a>> {
        let _ = name;
        None
    }

    /// Calls a method; `None` if the type has no such method. Methods come before fields and keys, and may be called on
    /// nil pointers.
    fn method(
        &self,
        name: &str,
        args: &[Value<'a>],
        context: &Context<'_>,
    ) -> Option<Result<Value<'a>, CallError>> {
        let _ = (name, args, context);
        None
    }

    /// What a method takes. The engine then checks and converts the arguments as for a function; of a method that does
    /// not say, it leaves that to the method.
    fn signature(&self, method: &str) -> Option<Signature> {
        let _ = method;
        None
    }

    /// The value under a key of a map, `None` if there is none.
    fn get(&self, key: &str) -> Option<Value<'a>> {
        let _ = key;
        None
    }

    /// The value under a key of a map that is a field of this struct, for those who ask nothing else of the map.
    fn entry_of(&self, field: &str, key: &str) -> Option<Value<'a>> {
        self.field(field)?.get(key)
    }

    /// The element of a slice at a position below [`len`](Object::len).
    fn at(&self, position: usize) -> Option<Value<'a>> {
        let _ = position;
        None
    }

    /// The number of elements of a map or slice.
    fn len(&self) -> usize {
        0
    }

    /// Whether a map or slice has no elements.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of a map's or slice's elements, which says what a missing key gives.
    fn elem(&self) -> Type {
        Type::Any
    }

    /// A map's pairs in any order, or a struct's fields in their order.
    fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        Vec::new()
    }

    /// The underlying value of a named basic type, such as an enumeration's number.
    fn scalar(&self) -> Value<'a> {
        Value::Nil
    }

    /// What the type's `String` or `Error` method gives, for types that have one.
    fn display(&self) -> Option<String> {
        None
    }

    /// Writes the object as Go's `encoding/json` would and returns true, or returns false to have it written from its
    /// kind and entries.
    fn write_json(&self, out: &mut String) -> bool {
        let _ = out;
        false
    }
}

/// An object as values hold it: borrowed, for instance from an arena, or counted.
#[derive(Clone)]
pub struct ObjectRef<'a>(Handle<'a>);

#[derive(Clone)]
enum Handle<'a> {
    Borrowed(&'a (dyn Object<'a> + 'a)),
    Counted(Rc<dyn Object<'a> + 'a>),
}

impl<'a> ObjectRef<'a> {
    /// An object that lives elsewhere; nothing is allocated.
    pub fn borrowed(object: &'a (dyn Object<'a> + 'a)) -> Self {
        Self(Handle::Borrowed(object))
    }

    /// An object owned by the values that hold it.
    pub fn counted(object: Rc<dyn Object<'a> + 'a>) -> Self {
        Self(Handle::Counted(object))
    }

    /// Whether both are the same object, not only equal ones.
    pub(crate) fn same(&self, other: &ObjectRef<'_>) -> bool {
        let (a, b): (*const _, *const _) = (&raw const **self, &raw const **other);
        a.cast::<()>() == b.cast::<()>()
    }
}

impl<'a> Deref for ObjectRef<'a> {
    type Target = dyn Object<'a> + 'a;

    fn deref(&self) -> &Self::Target {
        match &self.0 {
            Handle::Borrowed(object) => *object,
            Handle::Counted(object) => &**object,
        }
    }
}

impl fmt::Debug for ObjectRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.type_name())
    }
}
