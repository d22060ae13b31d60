package apigateway

import "testing"

func TestResources(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, root := ts.api("a") // ids up to 4
	at := api + "/resources/"
	const badPart = "400 BadRequestException Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end."
	ts.expect("GET "+root, "", `200 {"id":"0000000002","path":"/"}`)
	ts.expect("POST "+root, `{"pathPart":"pets"}`, `201 {"id":"000005","parentId":"0000000002","pathPart":"pets","path":"/pets"}`)
	ts.expect("POST "+at+"000005", `{"pathPart":"{petId}"}`, `201 {"id":"000006","parentId":"000005","pathPart":"{petId}","path":"/pets/{petId}"}`)
	ts.expect("POST "+root, `{"pathPart":"pets"}`, "409 ConflictException Another resource with the same parent already has this name: pets")
	ts.expect("POST "+at+"000005", `{"pathPart":"{petId}"}`, "409 ConflictException Another resource with the same parent already has this name: {petId}")
	ts.expect("POST "+at+"000005", `{"pathPart":"{proxy+}"}`, "400 BadRequestException A sibling ({petId}) of this resource already has a variable path part -- only one is allowed")
	ts.expect("POST "+root, `{"pathPart":"{proxy+}"}`, `201 {"id":"000007","parentId":"0000000002","pathPart":"{proxy+}","path":"/{proxy+}"}`)
	ts.expect("POST "+at+"000007", `{"pathPart":"x"}`, "400 BadRequestException Cannot create a child of a resource with a greedy path variable: {proxy+}")
	for _, part := range []string{"", "a/b", "{a", "a}", "{a}b", "{a+", "{+}", "{}", "ä", "a b", "{a++}"} {
		ts.expect("POST "+root, `{"pathPart":"`+part+`"}`, badPart)
	}
	ts.expect("POST "+at+"nope", `{"pathPart":"x"}`, "404 NotFoundException Invalid Resource identifier specified")
	ts.expect("POST "+root, `{}`, badPart)
	ts.expect("POST "+root, `{"pathPart":true}`, "400 SerializationException class java.lang.Boolean can not be converted to an String")

	ts.must("PUT "+at+"000006/methods/GET", `{"authorizationType":"NONE"}`)
	ts.expect("GET "+at+"000006", "", `200 {"id":"000006","parentId":"000005","pathPart":"{petId}","path":"/pets/{petId}","resourceMethods":{"GET":{}}}`)
	ts.expect("GET "+at+"000006?embed=methods", "", `200 {"id":"000006","parentId":"000005","pathPart":"{petId}","path":"/pets/{petId}","resourceMethods":{"GET":{"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false}}}`)
	ts.expect("GET "+api+"/resources?limit=2", "", `200 {"position":"MDAwMDA1","item":[{"id":"0000000002","path":"/"},{"id":"000005","parentId":"0000000002","pathPart":"pets","path":"/pets"}]}`)
	ts.expect("GET "+api+"/resources?limit=2&position=MDAwMDA1", "", `200 {"item":[{"id":"000006","parentId":"000005","pathPart":"{petId}","path":"/pets/{petId}","resourceMethods":{"GET":{}}},{"id":"000007","parentId":"0000000002","pathPart":"{proxy+}","path":"/{proxy+}"}]}`)
	ts.expect("GET "+api+"/resources?position=%21", "", "400 BadRequestException Invalid position parameter")

	ts.expectPatch(at+"000005", `200 {"id":"000005","parentId":"0000000002","pathPart":"animals","path":"/animals"}`, "replace /pathPart animals")
	ts.expect("GET "+at+"000006", "", `200 {"id":"000006","parentId":"000005","pathPart":"{petId}","path":"/animals/{petId}","resourceMethods":{"GET":{}}}`)
	ts.expectPatch(at+"000005", "400 BadRequestException Resources cannot be cyclical.", "replace /parentId 000006")
	ts.expectPatch(at+"000005", "400 BadRequestException Resources cannot be cyclical.", "replace /parentId 000005")
	ts.expectPatch(at+"000005", "404 NotFoundException Invalid Resource identifier specified", "replace /parentId nope")
	ts.expectPatch(at+"000005", "400 BadRequestException Cannot create a child of a resource with a greedy path variable: {proxy+}", "replace /parentId 000007")
	ts.expectPatch(at+"000005", "400 BadRequestException Invalid patch path  '/pathPart' specified for op 'remove'. Please choose supported operations", "remove /pathPart")
	ts.expectPatch(at+"000005", "400 BadRequestException Invalid patch path  '/wrong' specified for op 'replace'. Must be one of: [/parentId, /pathPart]", "replace /wrong x")
	ts.expectPatch(root, "400 BadRequestException Root resource cannot update its pathPart.", "replace /pathPart x")
	ts.expectPatch(root, "400 BadRequestException Root resource cannot update its parentId.", "replace /parentId 000005")
	ts.expectPatch(at+"000006", `200 {"id":"000006","parentId":"000005","pathPart":"x","path":"/animals/x","resourceMethods":{"GET":{}}}`, "replace /pathPart x")
	ts.expectPatch(at+"000006", `200 {"id":"000006","parentId":"0000000002","pathPart":"x","path":"/x","resourceMethods":{"GET":{}}}`, "replace /parentId 0000000002")
	ts.expectPatch(at+"000006", `200 {"id":"000006","parentId":"000005","pathPart":"y","path":"/animals/y","resourceMethods":{"GET":{}}}`, "replace /parentId 000005", "replace /pathPart y")

	ts.expect("DELETE "+root, "", "400 BadRequestException Root resource cannot be deleted")
	ts.expect("DELETE "+at+"000005", "", "202")
	ts.expect("GET "+at+"000006", "", "404 NotFoundException Invalid Resource identifier specified")
	ts.expect("POST "+root, `{"pathPart":"animals"}`, `201 {"id":"000008","parentId":"0000000002","pathPart":"animals","path":"/animals"}`)
}
