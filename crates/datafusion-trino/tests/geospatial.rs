//! Geometries in columns, and relations that hold whatever the shapes.

use datafusion_trino::evaluate;

const SHAPES: [&str; 8] = [
    "POINT (1 1)",
    "MULTIPOINT ((0 0), (3 3))",
    "LINESTRING (0 0, 4 4)",
    "LINESTRING (0 4, 4 0, 4 4)",
    "MULTILINESTRING ((0 1, 5 1), (2 0, 2 3))",
    "POLYGON ((0 0, 3 0, 3 3, 0 3, 0 0))",
    "POLYGON ((1 1, 5 1, 5 5, 1 5, 1 1), (2 2, 2 3, 3 3, 3 2, 2 2))",
    "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 1, 0 0)), ((3 3, 6 3, 6 6, 3 6, 3 3)))",
];

/// What holds of any two geometries `a` and `b`.
const TRUTHS: [&str; 8] = [
    "ST_Intersects(a, b) = NOT ST_Disjoint(a, b)",
    "ST_Within(a, b) = ST_Contains(b, a)",
    "(ST_Distance(a, b) = 0) = ST_Intersects(a, b)",
    "ST_IsEmpty(ST_Intersection(a, b)) = ST_Disjoint(a, b)",
    "ST_Contains(a, b) = ST_Relate(a, b, 'T*****FF*')",
    "ST_Equals(ST_Union(a, b), ST_Union(b, a))",
    "ST_IsEmpty(ST_Difference(a, a)) AND ST_IsEmpty(ST_SymDifference(b, b))",
    "abs(ST_Area(a) + ST_Area(b) - ST_Area(ST_Union(a, b)) - ST_Area(ST_Intersection(a, b))) < 1e-9",
];

#[test]
fn relations_hold_of_any_two_shapes() {
    let rows: Vec<String> = SHAPES
        .iter()
        .map(|shape| format!("ST_GeometryFromText('{shape}')"))
        .collect();
    let shapes = format!("(VALUES {})", rows.join(", "));
    for truth in TRUTHS {
        let lies = format!(
            "array_agg(ST_AsText(a) || ' / ' || ST_AsText(b)) FROM {shapes} s(a) CROSS JOIN {shapes} t(b) WHERE NOT ({truth})"
        );
        assert_eq!(evaluate(&lies), "null", "{truth}");
    }
}

#[test]
fn what_is_converted_comes_back() {
    for shape in SHAPES {
        let geometry = format!("ST_GeometryFromText('{shape}')");
        for conversion in [
            "ST_GeomFromBinary(ST_AsBinary(#))",
            "to_geometry(from_geojson_geometry(to_geojson_geometry(to_spherical_geography(#))))",
            "ST_Buffer(#, 0)",
            "simplify_geometry(#, 0)",
        ] {
            let back = evaluate(&format!(
                "ST_AsText({})",
                conversion.replace('#', &geometry)
            ));
            assert_eq!(
                back,
                evaluate(&format!("ST_AsText({geometry})")),
                "{conversion}"
            );
        }
    }
}
