"""A description in the manner of the specification's own example, the petstore."""

TEXT = """openapi: "3.0.0"
info: {version: 1.0.0, title: Swagger Petstore, license: {name: MIT}}
servers: [{url: "http://petstore.swagger.io/v1"}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - {name: limit, in: query, required: false, schema: {type: integer, format: int32}}
      responses: {"200": {description: pets}}
    post:
      operationId: createPets
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {"201": {description: Null response}}
  /pets/{petId}:
    get:
      operationId: showPetById
      parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: a pet}}
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties: {id: {type: integer, format: int64}, name: {type: string}, tag: {type: string}}
"""
